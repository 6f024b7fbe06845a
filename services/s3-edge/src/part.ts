/** What UploadPart and UploadPartCopy share. */
import { nuid } from "@nats-io/nats-core";
import { parseUploadPart } from "@holdfast/s3-protocol";
import type { ObjectContext } from "./context.ts";
import type { HashedBytes } from "./receive-body.ts";
import { storeVerified } from "./store-body.ts";
import { ofUpload } from "./upload.ts";

/** The part's place and what its upload was begun with. Throws NoSuchUpload before a byte is read. */
export async function openPart(context: ObjectContext) {
  const { uploadId, partNumber } = parseUploadPart(context.query);
  const part = { ...ofUpload(context, uploadId), partNumber };
  const upload = await context.edge.multipart.DescribeUpload(ofUpload(context, uploadId));
  return { part, upload };
}

/** Stores the part's bytes and records it. */
export async function storePart(
  context: ObjectContext,
  part: Awaited<ReturnType<typeof openPart>>["part"],
  body: HashedBytes,
  windowBytes: number,
) {
  const id = `${part.uploadId}.${part.partNumber}.${nuid.next()}`;
  const { run, digests } = await storeVerified(context, { id, windowBytes }, body);
  const { etag, checksum } = digests;
  // No refusal frees the chunks here: the call may have been repeated, and multipart knows best which runs its parts have.
  const { lastModified } = await context.edge.multipart.UploadPart({ ...part, etag, run, checksum });
  return { etag, checksum, lastModified };
}
