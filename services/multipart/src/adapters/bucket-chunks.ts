/** The bytes of parts and manifests, in the buckets' own streams. */
import { fail } from "@holdfast/micro";
import { isStorageError, purgeSubject } from "@holdfast/jetstream";
import { chunkSubject, createChunkWriter, streamName } from "@holdfast/object-layout";
import { SpanKind, withSpan } from "@holdfast/runtime";
import type { NatsConnection } from "@nats-io/nats-core";
import type { BucketChunks } from "../upload-store.ts";

export function createBucketChunks(nc: NatsConnection): BucketChunks {
  const purge = async (bucket: string, id: string): Promise<void> => {
    try {
      await purgeSubject(nc, streamName(bucket), chunkSubject(bucket, id));
    } catch (error) {
      if (!isStorageError(error, "NoSuchStream")) throw slowDown("chunks cannot be purged", error);
    }
  };
  return {
    purgeRun: purge,
    purgeUpload: ({ bucket, uploadId }) => purge(bucket, `${uploadId}.>`),
    async write(bucket, id, bytes) {
      const writer = createChunkWriter(nc, { bucket, id });
      try {
        await writer.write(bytes);
        // its publishes are counted, but bear no spans of their own
        return await withSpan("jetstream publish", () => writer.finish(), { kind: SpanKind.CLIENT });
      } catch (error) {
        await writer.abort();
        if (isStorageError(error, "QuotaExceeded")) throw fail("QuotaExceeded", "the bucket is full", { cause: error });
        if (isStorageError(error, "NoResponders"))
          throw fail("NoSuchBucket", "the bucket does not exist", { cause: error });
        throw slowDown("the manifest could not be stored", error);
      }
    },
  };
}

function slowDown(what: string, cause: unknown) {
  return fail("SlowDown", what, { cause });
}
