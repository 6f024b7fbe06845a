/** A guest linked to WASI and to plugins in this process: their bindings call their backends directly, where the host has a channel between. */
import { compileComponent, ComponentError, instantiate } from "@holdfast/component-host";
import { guest, type GuestName } from "@holdfast/guests";
import { createLogger, type Logger } from "@holdfast/runtime";
import { createWasi } from "@holdfast/wasi";
import type { NatsConnection } from "@nats-io/nats-core";
import type { BindInterface, LogEntry, Remote } from "../../src/bindings.ts";
import {
  type Backend,
  type BindingWorkload,
  type ComponentInfo,
  type HostPlugin,
  InterfaceError,
  type RunningWorkload,
} from "../../src/plugin.ts";

export const messageHandler = "wasmcloud:messaging/handler@0.2.0";
export const silent: Logger = createLogger("host-agent", "silent");

export type Entry = { name?: string; config?: Record<string, string> };

/** A workload with these hostInterfaces entries, as a plugin's `bind` gets it. */
export function workloadOf(entries: readonly Entry[], more: Partial<BindingWorkload> = {}): BindingWorkload {
  return {
    workloadId: "w1",
    namespace: "default",
    name: "demo",
    annotations: {},
    components: [],
    ...more,
    interfaces: entries.map(({ name = "", config = {} }) => ({
      namespace: "",
      package: "",
      version: "",
      interfaces: [],
      name,
      config,
    })),
  };
}

export const componentInfo = (name: string, exports: string[] = []): ComponentInfo => ({
  name,
  imports: [],
  exports,
  config: {},
  allowedHosts: [],
});

/** As the channel does it: what the interface declares arrives as the component's own error. */
function remoteOf(backend: Backend): Remote<Backend> {
  const call =
    (run: (...args: never[]) => unknown) =>
    async (...args: never[]) => {
      try {
        return await run(...structuredClone(args));
      } catch (error) {
        throw error instanceof InterfaceError ? new ComponentError(error.payload) : error;
      }
    };
  return Object.fromEntries(Object.entries(backend).map(([name, run]) => [name, call(run)]));
}

export async function startPlugin(plugin: HostPlugin, nc: NatsConnection, dataDir: string): Promise<HostPlugin> {
  await plugin.start?.({ hostId: "h1", nc, log: silent, dataDir });
  return plugin;
}

/** Links a guest to plugins that have been started, each with its entries. */
export async function linkGuest(
  name: GuestName,
  plugins: readonly (readonly [HostPlugin, Entry[]])[],
  config: Record<string, string> = {},
) {
  const log: LogEntry[] = [];
  const imports: Record<string, object> = {};
  const bound = [];
  for (const [plugin, entries] of plugins) {
    const workload = workloadOf(entries, { components: [componentInfo("main", [messageHandler])] });
    const each = await plugin.bind(workload);
    bound.push(each);
    const { bind }: { bind: BindInterface<Backend> } = await import(plugin.bindings?.href ?? "");
    const backend = remoteOf(each.backend?.(componentInfo("main")) ?? {});
    const component = { ...workload, component: "main", config, log: (entry: LogEntry) => void log.push(entry) };
    Object.assign(imports, bind(backend, component));
  }
  const wasi = createWasi();
  const instance = instantiate(await compileComponent(await guest(name)), { ...wasi.imports, ...imports });
  instance.snapshot();
  const reset = () => {
    const isAsNew = instance.restore();
    wasi.reset();
    return isAsNew;
  };

  return {
    log,
    bound,
    /** One request over HTTP; the instance is as new after it. */
    http: async (method: string, path: string, body: Uint8Array | string = "") => {
      const bytes = typeof body === "string" ? Buffer.from(body) : body;
      const answer = await wasi.handleIncoming(instance.exports, {
        method,
        pathWithQuery: path,
        headers: [],
        body: bytes,
      });
      const pieces: Uint8Array[] = [];
      if (answer.body instanceof Uint8Array) pieces.push(answer.body);
      else for await (const piece of answer.body) pieces.push(piece);
      await answer.done;
      reset();
      return { status: answer.status, bytes: Buffer.concat(pieces), text: Buffer.concat(pieces).toString() };
    },
    running: {
      async call(_component, interfaceName, functionName, args) {
        const exported = instance.getInterface(interfaceName)[functionName];
        if (typeof exported !== "function") throw new Error(`${interfaceName} has no ${functionName}`);
        try {
          return await exported(...args);
        } catch (error) {
          throw error instanceof ComponentError ? new InterfaceError(error.payload) : error;
        } finally {
          reset();
        }
      },
    } satisfies RunningWorkload,
  };
}
