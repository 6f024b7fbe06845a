import { createLogger } from "@holdfast/runtime";
import { expect, test } from "vitest";
import type { HostPlugin } from "../plugin.ts";
import { Plugins } from "./plugins.ts";

const offer = { namespace: "acme", package: "store", version: "", interfaces: ["store"] };
const declared = [{ ...offer, name: "", config: { url: "redis://:s3cr3t@host" } }];

const plugin = (more: Partial<HostPlugin> = {}): HostPlugin => {
  return {
    id: "acme",
    imports: [offer],
    exports: [],
    bindings: new URL("file:///b.ts"),
    bind: async () => ({}),
    ...more,
  };
};
const bind = (one: HostPlugin) =>
  new Plugins([one], createLogger("host-agent", "silent")).bind({
    info: { workloadId: "w", namespace: "n", name: "n", annotations: {} },
    declared,
    components: [{ name: "c", imports: [], exports: [], config: {}, allowedHosts: [] }],
  });
const inWorker = async (one: HostPlugin) => (await bind(one)).bindings[0]?.components["c"]?.interfaces;

test("the config of hostInterfaces, secrets and all, stays in the main thread unless the bindings need it", async () => {
  expect(await inWorker(plugin())).toEqual([{ ...offer, name: "", config: {} }]);
  expect(await inWorker(plugin({ bindingsNeedConfig: true }))).toEqual(declared);
});

test("a plugin that does not start is named", async () => {
  const failing = plugin({ start: () => Promise.reject(new Error("no route")) });
  const plugins = new Plugins([failing], createLogger("host-agent", "silent"));
  // nothing of what a plugin is given is looked at here
  await expect(plugins.start(() => ({}) as never)).rejects.toThrow("plugin acme did not start: no route");
});
