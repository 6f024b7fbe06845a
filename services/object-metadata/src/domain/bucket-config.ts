/** A bucket as its stream's configuration, and back. Pure. */
import type { Bucket, BucketStorage } from "@holdfast/contracts";
import { bucketSubjects, frozenSubjects, objectStoreName, streamName } from "@holdfast/object-layout";
import { z } from "zod";

/** The part of JetStream's stream information that we read. */
export const StreamInfo = z.object({
  created: z.string(),
  config: z.looseObject({
    name: z.string(),
    subjects: z.array(z.string()).default([]),
    num_replicas: z.number().default(1),
    storage: z.string().default("file"),
    compression: z.string().default("none"),
    max_age: z.number().default(0),
    max_bytes: z.number().default(-1),
    max_msgs: z.number().default(-1),
    max_msgs_per_subject: z.number().default(-1),
    max_msg_size: z.number().default(-1),
    allow_direct: z.boolean().default(false),
    metadata: z.record(z.string(), z.string()).default({}),
  }),
  state: z.object({
    messages: z.number(),
    last_seq: z.number(),
    subjects: z.record(z.string(), z.number()).nullish(),
  }),
  total: z.number().optional(),
  offset: z.number().optional(),
  limit: z.number().optional(),
});
export type StreamInfo = z.output<typeof StreamInfo>;

/** What the stream says of the bucket behind it. */
export type BucketStream = {
  readonly bucket: Bucket;
  readonly config: StreamInfo["config"];
  /** When somebody began to delete it; undefined while it is open. Milliseconds since the epoch. */
  readonly frozenAt: number | undefined;
  /** Who is deleting it. */
  readonly frozenBy: string | undefined;
  /** A chunk can be refused only for a reason that also refuses its record: they may go out together. */
  readonly writesTogether: boolean;
};

type NewBucket = {
  name: string;
  id: string;
  owner: string;
  createdAt: number;
  location: string;
  storage: BucketStorage;
};

/** The configuration of a new bucket's stream. */
export function newStreamConfig({ name, id, owner, createdAt, location, storage }: NewBucket): object {
  return {
    name: streamName(name),
    subjects: bucketSubjects(name),
    discard: "new",
    allow_rollup_hdrs: true,
    allow_direct: true,
    num_replicas: storage.replicas,
    storage: storage.storage,
    compression: storage.compression ? "s2" : "none",
    max_age: storage.maxAgeSeconds * 1e9,
    max_bytes: storage.maxBytes,
    metadata: {
      "holdfast.bucket": name,
      "holdfast.id": id,
      "holdfast.owner": owner,
      "holdfast.created": new Date(createdAt).toISOString(),
      "holdfast.location": location,
    },
  };
}

/** The bucket of a stream; undefined when the stream is no Object Store. */
export function bucketOfStream({ config, created }: StreamInfo): BucketStream | undefined {
  const store = objectStoreName(config.name);
  if (store === undefined) return undefined;
  const { metadata } = config;
  const name = metadata["holdfast.bucket"] ?? store;
  const frozen = config.subjects.includes(frozenSubjects(store)[0] ?? "");
  if (!frozen && !config.subjects.includes(bucketSubjects(store)[1] ?? "")) return undefined;
  const createdAt = Date.parse(metadata["holdfast.created"] ?? created);
  return {
    bucket: {
      name,
      // a plain client's bucket has no id; when it was made tells it from an earlier one
      id: metadata["holdfast.id"] ?? `plain-${created}`,
      owner: metadata["holdfast.owner"] ?? null,
      createdAt: Number.isNaN(createdAt) ? 0 : createdAt,
      location: metadata["holdfast.location"] ?? "",
      storage: {
        replicas: config.num_replicas === 5 ? 5 : config.num_replicas >= 3 ? 3 : 1,
        storage: config.storage === "memory" ? "memory" : "file",
        compression: config.compression !== "none",
        maxAgeSeconds: Math.round(config.max_age / 1e9),
        maxBytes: config.max_bytes > 0 ? config.max_bytes : -1,
      },
    },
    config,
    frozenAt: frozen ? Number.parseInt(metadata["holdfast.frozen"] ?? "0", 10) : undefined,
    frozenBy: frozen ? metadata["holdfast.frozen"] : undefined,
    writesTogether:
      config.num_replicas <= 1 &&
      [config.max_bytes, config.max_msgs, config.max_msgs_per_subject, config.max_msg_size].every(
        (limit) => limit <= 0,
      ),
  };
}

/** The same stream, listening where nobody publishes. `by` begins with the time, for whoever finds it left behind. */
export function frozenConfig({ config, bucket }: BucketStream, by: string): object {
  const metadata = { ...config.metadata, "holdfast.frozen": by };
  return { ...config, subjects: frozenSubjects(bucket.name), metadata };
}

/** The same stream, open again. */
export function thawedConfig({ config, bucket }: BucketStream): object {
  const { "holdfast.frozen": _, ...metadata } = config.metadata;
  return { ...config, subjects: bucketSubjects(bucket.name), metadata };
}
