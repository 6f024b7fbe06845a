/** `wasi:blobstore` as a plugin of the host: which backend a hostInterfaces entry has, and whose buckets a workload sees. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { objectMetadata } from "@holdfast/contracts";
import { type Client, client } from "@holdfast/micro";
import type { NatsConnection } from "@nats-io/nats-core";
import type { BindingWorkload, BoundPlugin, HostPlugin } from "../../plugin.ts";
import { chooseBackend, entriesByName, type Entry, listOf } from "../entries.ts";
import { pathOfName } from "../name-on-disk.ts";
import type { BlobStoreBackend } from "./backend.ts";
import { filesystemBlobStore } from "./filesystem.ts";
import { memoryBlobStore } from "./memory.ts";
import { natsBlobStore } from "./nats.ts";
import { type BlobStore, blobStoreOperations } from "./operations.ts";

export type BlobStorePluginOptions = {
  /** For entries without `config.backend`. Default `nats`. */
  readonly defaultBackend?: "nats" | "memory" | "filesystem";
};

const packageName = "wasi:blobstore";
const offer = {
  namespace: "wasi",
  package: "blobstore",
  version: "0.2.0-draft",
  interfaces: ["types", "container", "blobstore"],
};

type Host = { readonly nc: NatsConnection; readonly dataDir: string; readonly metadata: Client<typeof objectMetadata> };

export function blobStorePlugin({ defaultBackend = "nats" }: BlobStorePluginOptions = {}): HostPlugin {
  let host: Host | undefined;

  const started = (): Host => {
    if (host === undefined) throw new Error(`${packageName}: the plugin has not been started`);
    return host;
  };
  const memory = () => memoryBlobStore();
  const backends: Readonly<Record<string, (entry: Entry, workload: BindingWorkload) => BlobStoreBackend>> = {
    nats: ({ config }, { namespace }) => {
      const { nc, metadata } = started();
      return natsBlobStore({
        nc,
        metadata,
        allowed: allowedBuckets(config),
        owner: config.owner ?? ownerOf(namespace),
      });
    },
    memory,
    // wash's name for it
    "in-memory": memory,
    filesystem: (_entry, { namespace }) => filesystemBlobStore(join(started().dataDir, pathOfName(namespace))),
  };

  return {
    id: "wasi-blobstore",
    imports: [offer],
    exports: [],
    bindings: new URL("bindings.ts", import.meta.url),
    async start({ nc, dataDir }) {
      host = { nc, dataDir, metadata: client(nc, objectMetadata) };
    },
    async bind(workload): Promise<BoundPlugin> {
      const stores = new Map<string, BlobStore>();
      for (const [name, entry] of entriesByName(packageName, workload.interfaces)) {
        const make = chooseBackend(packageName, entry, backends, defaultBackend);
        stores.set(name, { backend: make(entry, workload), config: entry.config });
      }
      const { closeAll, ...operations } = blobStoreOperations(stores);
      return { backend: () => operations, unbind: closeAll };
    },
  };
}

/** `config.buckets`, and `config.bucket` with it. */
function allowedBuckets({ bucket, buckets }: Readonly<Record<string, string>>): readonly string[] | undefined {
  if (bucket === undefined && buckets === undefined) return undefined;
  return [...(listOf(buckets) ?? []), ...(bucket === undefined ? [] : [bucket])];
}

/** The S3 user that a namespace's containers belong to. Names of users are at most 64 characters long. */
export function ownerOf(namespace: string): string {
  const owner = `workloads.${namespace}`;
  return owner.length <= 64 ? owner : `workloads.${createHash("sha256").update(namespace).digest("hex").slice(0, 48)}`;
}
