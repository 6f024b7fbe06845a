/** The interfaces that a host offers beside core WASI, each as a plugin. */
import type { HostPlugin } from "../plugin.ts";
import { blobStorePlugin } from "./blobstore/plugin.ts";
import { configPlugin } from "./config/plugin.ts";
import { keyValuePlugin } from "./keyvalue/plugin.ts";
import { loggingPlugin } from "./logging/plugin.ts";
import { messagingPlugin } from "./messaging/plugin.ts";

export type InterfaceOptions = {
  /** For hostInterfaces entries without `config.backend`: NATS, or the process's memory for trying things out. Default `nats`. */
  readonly defaultBackend?: "nats" | "memory";
  /** Of NATS KV buckets that are made for components. Default 1. */
  readonly keyValueReplicas?: number;
};

/** One of each, for one host. */
export function builtInPlugins({ defaultBackend = "nats", keyValueReplicas = 1 }: InterfaceOptions = {}): HostPlugin[] {
  return [
    keyValuePlugin({ defaultBackend, replicas: keyValueReplicas }),
    blobStorePlugin({ defaultBackend }),
    messagingPlugin({ defaultBackend }),
    configPlugin(),
    loggingPlugin(),
  ];
}
