import { renderAcl } from "@holdfast/s3-protocol";
import { onObject } from "../context.ts";
import { ownerOf } from "../domain/principal.ts";
import { ofBucket } from "../of-bucket.ts";

export const getObjectAcl = onObject(async (context) => {
  const { edge, bucket, key } = context;
  // Only to say NoSuchKey where there is none.
  await edge.metadata.ResolveObject({ ...ofBucket(bucket), key });
  return { status: 200, body: renderAcl(ownerOf(bucket.owner)) };
});
