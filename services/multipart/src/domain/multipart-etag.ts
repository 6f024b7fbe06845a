import { createHash } from "node:crypto";

/** S3's ETag of an object made of parts: the MD5 of the parts' binary MD5s, a dash and how many there are. */
export function multipartETag(partETags: readonly string[]): string {
  const hash = createHash("md5");
  for (const etag of partETags) hash.update(Buffer.from(etag, "hex"));
  return `${hash.digest("hex")}-${partETags.length}`;
}
