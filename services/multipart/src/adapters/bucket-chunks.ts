/** The bytes of parts and manifests, in the buckets' own streams. */
import { fail } from "@holdfast/micro";
import { chunkSubject, createChunkWriter, isStorageError, purgeSubject, streamName } from "@holdfast/object-layout";
import type { NatsConnection } from "@nats-io/nats-core";
import type { BucketChunks } from "../upload-store.ts";
import { jetStreamCall } from "./jetstream-call.ts";

export function createBucketChunks(nc: NatsConnection): BucketChunks {
  const purge = async (bucket: string, id: string): Promise<void> => {
    try {
      await jetStreamCall("purge", () => purgeSubject(nc, streamName(bucket), chunkSubject(bucket, id)));
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
        return await jetStreamCall("publish", () => writer.finish());
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
