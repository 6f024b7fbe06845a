import { bodyLimits, type DeletedObject, parseDelete, renderDelete, s3Error } from "@holdfast/s3-protocol";
import { requireSameBucket } from "../access.ts";
import { type BucketContext, onBucket } from "../context.ts";
import { readXml } from "../receive-body.ts";
import { ofBucket } from "../of-bucket.ts";

/** S3 insists on some digest of the list: half a list would delete other objects than were meant. */
function requireDigest({ headers }: BucketContext): void {
  const digests = ["content-md5", "x-amz-trailer", ...checksumNames];
  if (digests.some((name) => headers.has(name))) return;
  throw s3Error("InvalidRequest", { message: "Missing required header for this request: Content-MD5" });
}
const checksumNames = ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"].map((name) => `x-amz-checksum-${name}`);

export const deleteObjects = onBucket(async (context) => {
  const { edge, bucket } = context;
  requireDigest(context);
  const { quiet, objects } = parseDelete(await readXml(context, bodyLimits.DeleteObjects));
  await requireSameBucket(context);
  const asked = objects.filter(({ error }) => !error).map(({ key, etag }) => ({ key, ifMatch: etag }));
  const { results } =
    asked.length === 0 ? { results: [] } : await edge.metadata.DeleteObjects({ ...ofBucket(bucket), objects: asked });
  const outcomes = results[Symbol.iterator]();
  const all = objects.map(({ key, versionId, error }): DeletedObject => {
    const refused = error ?? outcomes.next().value?.error;
    return { key, versionId, error: refused && { code: refused.code, message: refused.message } };
  });
  return { status: 200, body: renderDelete(all, quiet) };
});
