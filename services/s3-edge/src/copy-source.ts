/** The object that CopyObject and UploadPartCopy read: allowed, found, and as the copy-source conditions want it. */
import type { Bucket, StoredObject } from "@holdfast/contracts";
import {
  checkCopySourceConditions,
  checkExpectedBucketOwner,
  type CopySource,
  parseCopySource,
  s3Error,
} from "@holdfast/s3-protocol";
import { requireBucket } from "./access.ts";
import type { ServiceContext } from "./context.ts";
import { canonicalUserId } from "./domain/principal.ts";
import { findObject } from "./find-object.ts";
import type { Sink } from "./http/read-body.ts";
import type { Digests, Hasher } from "./hashes.ts";
import type { HashedBytes } from "./receive-body.ts";
import { storedBytes } from "./stored-bytes.ts";

export type SourceObject = { readonly source: CopySource; readonly bucket: Bucket; readonly object: StoredObject };

/** Throws AccessDenied, NoSuchBucket, NoSuchKey, PreconditionFailed and what `parseCopySource` throws. */
export async function resolveSource(context: ServiceContext): Promise<SourceObject> {
  const { edge, headers, principal } = context;
  const source = parseCopySource(headers.get("x-amz-copy-source") ?? "");
  const bucket = await requireBucket(edge, source.bucket, { principal, action: "s3:GetObject" });
  const owner = bucket.owner ?? "";
  checkExpectedBucketOwner(headers, [owner, canonicalUserId(owner)], "x-amz-source-expected-bucket-owner");
  const { object } = await findObject({ edge, bucket, key: source.key });
  checkCopySourceConditions(headers, object);
  return { source, bucket, object };
}

/** The bytes of the source (from `start` to `end`, exclusive), hashed as they pass; `digests` when they have. */
export function copiedBytes<D extends Digests>(
  { edge, exchange }: ServiceContext,
  { bucket, object }: SourceObject,
  { start, end }: ByteRange,
  hashes: Hasher<D>,
): HashedBytes<D> {
  const { signal } = exchange;
  const pour = async (sink: Sink) => {
    for await (const bytes of storedBytes(edge, object, { bucket: bucket.name, start, end }, signal)) {
      hashes.update(bytes);
      await sink(bytes);
    }
  };
  return { length: end - start, pour, digests: () => hashes.digest() };
}

type ByteRange = { readonly start: number; readonly end: number };

/** Throws InvalidRequest for more than S3 copies in one request. */
export function limitCopy(size: number, limit: number): void {
  if (size <= limit) return;
  throw s3Error("InvalidRequest", {
    message: `The specified copy source is larger than the maximum allowable size for a copy source: ${limit}`,
  });
}
