import { BucketStorage } from "@holdfast/contracts";
import { duration } from "@holdfast/runtime";
import { z } from "zod";

/** The environment of object-metadata, beside the common one. */
export const ObjectMetadataConfig = z.object({
  HOLDFAST_DATA_DIR: z.string().default(".holdfast").describe("folder for the listing index; may be lost at any time"),
  HOLDFAST_PURGE_GRACE: duration("5m").describe("how long the chunks of replaced and deleted objects stay for readers"),
  HOLDFAST_SWEEP_INTERVAL: duration("1h").describe("how often to look for chunks that nothing names; 0: never"),
  HOLDFAST_SWEEP_MIN_AGE: duration("1h").describe(
    "chunks younger than this are never swept: a PUT may be under way. Less than a minute is for tests: a write could lose its bytes",
  ),
  HOLDFAST_TOMBSTONE_AGE: duration("7d").describe("how long the record of a deleted object stays"),
  HOLDFAST_S3_EVENTS: z
    .enum(["true", "false"])
    .default("true")
    .transform((text) => text === "true")
    .describe("tell each change of an object on holdfast.events.s3.<bucket>.<event>"),
  HOLDFAST_REGION: z.string().min(1).default("us-east-1").describe("as events name it"),
  HOLDFAST_BUCKET_REPLICAS: z.coerce.number().default(1).pipe(BucketStorage.shape.replicas).describe("of new buckets"),
  HOLDFAST_BUCKET_STORAGE: BucketStorage.shape.storage.default("file").describe("of new buckets: file or memory"),
  HOLDFAST_BUCKET_COMPRESSION: z
    .enum(["true", "false"])
    .default("false")
    .transform((text) => text === "true")
    .describe("of new buckets"),
  HOLDFAST_BUCKET_MAX_AGE: duration("0").describe("after which objects of new buckets expire; 0: never"),
  HOLDFAST_BUCKET_MAX_BYTES: z.coerce
    .number()
    .int()
    .min(-1)
    .default(-1)
    .describe("that a new bucket may hold; -1: no limit"),
});
export type ObjectMetadataConfig = z.output<typeof ObjectMetadataConfig>;

/** The storage of a new bucket that asks for nothing. */
export function defaultStorage(config: ObjectMetadataConfig): BucketStorage {
  return {
    replicas: config.HOLDFAST_BUCKET_REPLICAS,
    storage: config.HOLDFAST_BUCKET_STORAGE,
    compression: config.HOLDFAST_BUCKET_COMPRESSION,
    maxAgeSeconds: Math.floor(config.HOLDFAST_BUCKET_MAX_AGE / 1_000),
    maxBytes: config.HOLDFAST_BUCKET_MAX_BYTES,
  };
}
