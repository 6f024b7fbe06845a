/**
 * What S3 asks of an object key.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html (limits, and "relative path elements")
 */
import { s3Error } from "../errors.ts";

/** Bytes of UTF-8 that a key may have. */
export const maxKeyBytes = 1024;

/**
 * S3's rule for relative path elements: read from left to right, there are never more `..` segments than named ones.
 * `videos/2014/../../v.wmv` is a key, `videos/../../v.wmv` is not. A `.` or an empty segment counts as neither.
 */
export function hasValidRelativeSegments(key: string): boolean {
  if (!key.includes("..")) return true;
  let depth = 0;
  for (const segment of key.split("/")) {
    if (segment === "..") depth -= 1;
    else if (segment !== "." && segment !== "") depth += 1;
    if (depth < 0) return false;
  }
  return true;
}

/** Throws KeyTooLongError, or InvalidURI for a key that climbs above the bucket. AWS answers the latter with a bare 400. */
export function validateObjectKey(key: string): void {
  const size = Buffer.byteLength(key);
  if (size > maxKeyBytes) {
    throw s3Error("KeyTooLongError", { fields: { Size: String(size), MaxSizeAllowed: String(maxKeyBytes) } });
  }
  if (!hasValidRelativeSegments(key)) {
    throw s3Error("InvalidURI", { message: "The object key has more `..` segments than segments before them." });
  }
}
