/** `wasi:keyvalue` as a plugin of the host: which backend a hostInterfaces entry has. */
import { join } from "node:path";
import type { NatsConnection } from "@nats-io/nats-core";
import type { BindingWorkload, BoundPlugin, HostPlugin } from "../../plugin.ts";
import { chooseBackend, entriesByName, type Entry } from "../entries.ts";
import { pathOfName } from "../name-on-disk.ts";
import type { KeyValueBackend } from "./bucket.ts";
import { filesystemBackend } from "./filesystem.ts";
import { memoryBackend } from "./memory.ts";
import { natsKeyValueBackend } from "./nats.ts";
import { keyValueOperations, type Store } from "./operations.ts";
import { redisBackend } from "./redis.ts";

export type KeyValuePluginOptions = {
  /** For entries without `config.backend`. Default `nats`. */
  readonly defaultBackend?: "nats" | "memory" | "filesystem";
  /** Of KV buckets that are made. Default 1. */
  readonly replicas?: number;
};

const packageName = "wasi:keyvalue";
const offer = {
  namespace: "wasi",
  package: "keyvalue",
  version: "0.2.0-draft",
  interfaces: ["store", "atomics", "batch"],
};

type Make = (entry: Entry, workload: BindingWorkload) => KeyValueBackend | Promise<KeyValueBackend>;

export function keyValuePlugin({ defaultBackend = "nats", replicas = 1 }: KeyValuePluginOptions = {}): HostPlugin {
  let host: { readonly nc: NatsConnection; readonly dataDir: string } | undefined;

  const started = () => {
    if (host === undefined) throw new Error(`${packageName}: the plugin has not been started`);
    return host;
  };
  const memory: Make = () => memoryBackend();
  const backends: Readonly<Record<string, Make>> = {
    nats: ({ config }) => natsKeyValueBackend(started().nc, { create: config.create !== "false", replicas }),
    memory,
    // wash's name for it
    "in-memory": memory,
    filesystem: (_entry, { namespace }) => filesystemBackend(join(started().dataDir, pathOfName(namespace))),
    redis: ({ config }) => redisBackend({ url: required(config, "url") }),
  };

  return {
    id: "wasi-keyvalue",
    imports: [offer],
    exports: [],
    bindings: new URL("bindings.ts", import.meta.url),
    async start({ nc, dataDir }) {
      host = { nc, dataDir };
    },
    async bind(workload): Promise<BoundPlugin> {
      const stores = new Map<string, Store>();
      const close = async () => {
        for (const { backend } of stores.values()) await backend.close?.();
      };
      try {
        for (const [name, entry] of entriesByName(packageName, workload.interfaces)) {
          const make = chooseBackend(packageName, entry, backends, defaultBackend);
          stores.set(name, { backend: await make(entry, workload), config: entry.config });
        }
      } catch (error) {
        await close();
        throw error;
      }
      // one for all components: what one has opened another need not open again
      const operations = keyValueOperations(stores);
      return { backend: () => operations, unbind: close };
    },
  };
}

function required(config: Readonly<Record<string, string>>, key: string): string {
  const value = config[key];
  if (value === undefined || value === "")
    throw new Error(`${packageName}: the backend ${config.backend} needs config.${key}`);
  return value;
}
