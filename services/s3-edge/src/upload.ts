import type { ObjectContext } from "./context.ts";

/** How multipart is asked about an upload: with the bucket's id, so that an upload of an earlier bucket of that name is none. */
export function ofUpload({ bucket, key }: ObjectContext, uploadId: string) {
  return { bucket: bucket.name, bucketId: bucket.id, key, uploadId };
}
