/** What UploadPart and UploadPartCopy share. */
import { nuid } from "@nats-io/nats-core";
import { parseUploadPart } from "@holdfast/s3-protocol";
import { callFor, type ObjectContext } from "./context.ts";
import type { Digests } from "./receive-body.ts";
import { storeRun } from "./store-body.ts";

/** The part's place and what its upload was begun with. Throws NoSuchUpload before a byte is read. */
export async function openPart(context: ObjectContext) {
  const { edge, bucket, key, query } = context;
  const part = { bucket: bucket.name, key, ...parseUploadPart(query) };
  const { bucket: name, uploadId } = part;
  const upload = await edge.multipart.DescribeUpload({ bucket: name, key, uploadId }, callFor(context));
  return { part, upload };
}

/** Stores the part's bytes and records it. */
export async function storePart(
  context: ObjectContext,
  part: Awaited<ReturnType<typeof openPart>>["part"],
  body: { readonly bytes: AsyncIterable<Uint8Array>; digests(): Digests },
) {
  const id = `${part.uploadId}.${part.partNumber}.${nuid.next()}`;
  const run = await storeRun(context, { bucket: part.bucket, id }, body.bytes);
  const { etag, checksum } = body.digests();
  const { lastModified } = await context.edge.multipart.UploadPart({ ...part, etag, run, checksum }, callFor(context));
  return { etag, checksum, lastModified };
}
