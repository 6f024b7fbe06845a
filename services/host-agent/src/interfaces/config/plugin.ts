/** `wasi:config` as a plugin of the host. It has nothing to do in the main thread: the values go to the worker with the workload. */
import type { HostPlugin } from "../../plugin.ts";

const offer = { namespace: "wasi", package: "config" };

export function configPlugin(): HostPlugin {
  return {
    id: "wasi-config",
    imports: [
      { ...offer, version: "0.2.0-rc.1", interfaces: ["store"] },
      { ...offer, version: "0.2.0-draft", interfaces: ["runtime"] },
    ],
    exports: [],
    bindings: new URL("bindings.ts", import.meta.url),
    bindingsNeedConfig: true,
    bind: async () => ({}),
  };
}
