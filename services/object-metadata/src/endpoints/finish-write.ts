import type { S3EventName, StoredObject } from "@holdfast/contracts";
import type { OpenBucket } from "../adapters/buckets.ts";
import { entryOf } from "../adapters/index-sync.ts";
import type { Written } from "../adapters/records.ts";
import type { Parts } from "../parts.ts";

type Answer = { etag: string; sequence: number; lastModified: number };

/** What follows a stored record: the index and whoever listens learn of it, the chunks it replaced go after the grace period. */
export function finishWrite(
  { records, purges, tell }: Parts,
  bucket: OpenBucket,
  object: Omit<StoredObject, "sequence" | "versionId">,
  { sequence, replaced }: Written,
  chunkSequences: readonly number[],
  event?: S3EventName,
): Answer {
  const { data, key, etag, lastModified } = object;
  const nuid = data.kind === "run" ? data.run.id : data.uploadId;
  const entry = entryOf({ ...object, sequence, versionId: "null" }, nuid);
  records.note(bucket, { kind: "object", key, entry }, chunkSequences);
  const mine = data.kind === "run" ? nuid : `${nuid}.>`;
  // a completion that was sent twice replaces itself
  if (replaced.chunks !== undefined && replaced.chunks !== mine) purges.later(bucket.name, replaced.chunks);
  if (event !== undefined) {
    tell(event, { bucket: bucket.name, key, sequence, timeMs: lastModified, size: object.size, etag });
  }
  return { etag, sequence, lastModified };
}
