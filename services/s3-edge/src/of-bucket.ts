import type { Bucket } from "@holdfast/contracts";

/**
 * How the mesh is asked about what is in a bucket: with its id. The request was allowed for this bucket; should it be deleted while a body
 * is on its way, nothing must happen to a later bucket of the same name, which may be somebody else's.
 */
export function ofBucket({ name, id }: Pick<Bucket, "name" | "id">): { bucket: string; bucketId: string } {
  return { bucket: name, bucketId: id };
}
