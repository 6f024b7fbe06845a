/** `wasi:logging` as a plugin of the host. It has nothing to do in the main thread: the host writes every workload's log. */
import type { HostPlugin } from "../../plugin.ts";

export function loggingPlugin(): HostPlugin {
  return {
    id: "wasi-logging",
    imports: [{ namespace: "wasi", package: "logging", version: "0.1.0-draft", interfaces: ["logging"] }],
    exports: [],
    bindings: new URL("bindings.ts", import.meta.url),
    bind: async () => ({}),
  };
}
