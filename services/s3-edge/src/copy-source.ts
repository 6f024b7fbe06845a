/** The object that CopyObject and UploadPartCopy read: allowed, found, and as the copy-source conditions want it. */
import type { Bucket, StoredObject } from "@holdfast/contracts";
import { readObject } from "@holdfast/object-layout";
import {
  checkCopySourceConditions,
  checkExpectedBucketOwner,
  type CopySource,
  parseCopySource,
  s3Error,
} from "@holdfast/s3-protocol";
import { requireBucket } from "./access.ts";
import { callFor, type ServiceContext } from "./context.ts";
import { canonicalUserId } from "./domain/principal.ts";
import { type ChecksumAlgorithm, type Digests, Hashes } from "./receive-body.ts";

export type SourceObject = { readonly source: CopySource; readonly bucket: Bucket; readonly object: StoredObject };

/** Throws AccessDenied, NoSuchBucket, NoSuchKey, PreconditionFailed and what `parseCopySource` throws. */
export async function resolveSource(context: ServiceContext): Promise<SourceObject> {
  const { edge, exchange, headers, principal } = context;
  const source = parseCopySource(headers.get("x-amz-copy-source") ?? "");
  const { requestId } = exchange;
  const bucket = await requireBucket(edge, source.bucket, { principal, action: "s3:GetObject", requestId });
  const owner = bucket.owner ?? "";
  checkExpectedBucketOwner(headers, [owner, canonicalUserId(owner)], "x-amz-source-expected-bucket-owner");
  const { output } = await edge.metadata.ResolveObject({ bucket: source.bucket, key: source.key }, callFor(context));
  checkCopySourceConditions(headers, output.object);
  return { source, bucket, object: output.object };
}

/** The bytes of the source (from `start` to `end`, exclusive), hashed as they pass; `digests` when they have. */
export function copiedBytes(
  { edge, exchange }: ServiceContext,
  { bucket, object }: SourceObject,
  { start, end, algorithm }: { start: number; end: number; algorithm: ChecksumAlgorithm | undefined },
): { bytes: AsyncIterable<Uint8Array>; digests(): Digests } {
  const hashes = new Hashes(algorithm);
  const windowBytes = edge.config.HOLDFAST_WINDOW_BYTES;
  const { signal } = exchange;
  const pass = async function* () {
    const source = readObject(edge.bulk, object, { bucket: bucket.name, start, end, windowBytes, signal });
    for await (const bytes of source) {
      hashes.update(bytes);
      yield bytes;
    }
  };
  return { bytes: pass(), digests: () => hashes.digest() };
}

/** Throws InvalidRequest for more than S3 copies in one request. */
export function limitCopy(size: number, limit: number): void {
  if (size <= limit) return;
  throw s3Error("InvalidRequest", {
    message: `The specified copy source is larger than the maximum allowable size for a copy source: ${limit}`,
  });
}
