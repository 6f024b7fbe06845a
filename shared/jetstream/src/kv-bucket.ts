/** NATS KV buckets as streams ([ADR-8](https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-8.md)), as every KV client makes and reads them. */
import type { NatsConnection } from "@nats-io/nats-core";
import { ensureStream, findStream, type StreamShape } from "./streams.ts";

/** The stream of a KV bucket. */
export const kvStream = (kvBucket: string): string => `KV_${kvBucket}`;
/** What a KV bucket's subjects begin with; the key follows. */
export const kvPrefix = (kvBucket: string): string => `$KV.${kvBucket}.`;

export type KvBucketOptions = {
  readonly replicas: number;
  readonly description?: string;
  /** Markers of deleted keys may carry a `Nats-TTL`. */
  readonly markersExpire?: boolean;
};

/** Undefined when there is no such bucket. Rejects with StorageError. */
export const findKvBucket = (nc: NatsConnection, kvBucket: string): Promise<StreamShape | undefined> =>
  findStream(nc, kvStream(kvBucket));

/** Makes a bucket that keeps one value of each key, unless it is there: then it keeps its settings. Rejects with StorageError. */
export function ensureKvBucket(
  nc: NatsConnection,
  kvBucket: string,
  { replicas, description = "", markersExpire = false }: KvBucketOptions,
): Promise<StreamShape> {
  return ensureStream(nc, {
    name: kvStream(kvBucket),
    description,
    subjects: [`${kvPrefix(kvBucket)}>`],
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    discard: "new",
    allow_rollup_hdrs: true,
    deny_delete: true,
    allow_direct: true,
    allow_msg_ttl: markersExpire,
  });
}
