/** A plugin of somebody else: the one that docs/plugins.md shows, as it stands there, in a host. */
import { guestFile } from "@holdfast/guests";
import { startHost, startNats, temporaryFolder } from "@holdfast/testkit";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { BadPlugin, loadPlugins } from "../src/plugins/load-plugins.ts";
import { hostOffers } from "../src/workloads/host-offers.ts";
import { call, type Harness, http, imageOf, startHarness } from "./harness.ts";

let harness: Harness;
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let shown: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  const page = await readFile(new URL("../../../docs/plugins.md", import.meta.url), "utf8");
  shown = /```ts\n(.*?)```/s.exec(page)?.[1] ?? "";
  const file = await fileWith("greeter.ts", shown);
  await guestFile("http-greeter");
  harness = await startHarness({ HOLDFAST_HOST_PLUGINS: file });
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function fileWith(name: string, text: string): Promise<string> {
  const file = join(folder.path, name);
  await writeFile(file, text);
  return file;
}

async function start(host: string, config: Record<string, string>) {
  const components = [{ name: "front", image: await imageOf("http-greeter") }];
  const greeter = { namespace: "holdfast", package: "guests", interfaces: ["greeter"], config };
  const hostInterfaces = [http(["incoming-handler"], { host }), greeter];
  return harness.start({ name: "docs", witWorld: { components, hostInterfaces } });
}

describe("the plugin of docs/plugins.md", () => {
  test("is forty lines", () => {
    expect(shown.trim().split("\n").length).toBeLessThanOrEqual(40);
  });

  test("answers components that import its interface, as their workload's manifest says", async () => {
    expect(await start("greeter.test", { words: "good evening" })).toMatchObject({ message: "running" });
    const get = () => call(harness.host.http, "greeter.test", "/Ada");
    expect(await get()).toMatchObject({ status: 200, body: "good evening, Ada, from docs (1) to front" });
    expect((await get()).body).toContain("(2)");
  });

  test("refuses a workload in words, and is offered in heartbeats", async () => {
    expect(await start("refused.test", {})).toMatchObject({
      workloadState: "WORKLOAD_STATE_ERROR",
      message: "holdfast:guests/greeter: config.words: missing, for example `words: hello`",
    });
    const { heartbeat, plugins } = await harness.agent.Inspect({});
    expect(heartbeat.imports).toContainEqual(
      expect.objectContaining({ namespace: "holdfast", package: "guests", interfaces: ["greeter"] }),
    );
    expect(plugins).toContain("greeter");
  });
});

describe("a file that is no plugin is refused with what is wrong:", () => {
  const offer = `{ namespace: "acme", package: "words", version: "1.0.0", interfaces: ["find"] }`;
  test.for([
    ["missing.ts", undefined, "cannot be loaded: Cannot find module"],
    ["syntax.ts", "export const plugin = {", "cannot be loaded"],
    ["nothing.ts", "export const other = 1;", "exports no `plugin`"],
    ["empty.ts", "export const plugin = {};", "plugin.id: "],
    [
      "name.ts",
      `export const plugin = { id: "../x", imports: [], exports: [], bind() {} };`,
      "plugin.id: must be up to 64 lower case letters, digits and -",
    ],
    ["bind.ts", `export const plugin = { id: "x", imports: [], exports: [] };`, "plugin.bind: must be a function"],
    [
      "bindings.ts",
      `export const plugin = { id: "x", imports: [${offer}], exports: [], bind() {} };`,
      "plugin.bindings: is missing, and components could not import acme:words/find@1.0.0",
    ],
    [
      "double.ts",
      `export const plugin = { id: "x", bindings: new URL(import.meta.url), bind() {}, exports: [],
        imports: [{ namespace: "wasi", package: "http", version: "0.2.0", interfaces: ["types"] }] };`,
      "wasi:http/types@0.2.0 is offered already",
    ],
  ] as const)("%s", async ([name, text, expected]) => {
    const file = text === undefined ? join(folder.path, name) : await fileWith(name, text);
    const loading = loadPlugins([file], hostOffers);
    await expect(loading).rejects.toThrow(BadPlugin);
    await expect(loading).rejects.toThrow(`${file}: ${expected}`);
  });

  test("and the host does not start", async () => {
    const file = await fileWith("no-plugin.ts", "export const plugin = 7;");
    await using nats = await startNats();
    const started = startHost({ natsUrl: nats.url, env: { HOLDFAST_HOST_PLUGINS: file } });
    await expect(started).rejects.toThrow(`HOLDFAST_HOST_PLUGINS: ${file}: plugin: `);
    await expect(started).rejects.toMatchObject({ exit: { code: 2 } });
  });
});
