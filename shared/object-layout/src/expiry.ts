import type { BucketStorage, StoredObject } from "@holdfast/contracts";

/**
 * True when the stream's age limit ends an object by now. The record says so earlier than the stream: tags write it anew, so it may
 * outlive its chunks.
 */
export function isExpired(
  { maxAgeSeconds }: Pick<BucketStorage, "maxAgeSeconds">,
  { lastModified }: Pick<StoredObject, "lastModified">,
  now: number,
): boolean {
  return maxAgeSeconds > 0 && lastModified + maxAgeSeconds * 1_000 <= now;
}
