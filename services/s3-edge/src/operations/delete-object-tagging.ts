import { onObject } from "../context.ts";
import { ofBucket } from "../of-bucket.ts";

export const deleteObjectTagging = onObject(async (context) => {
  const { edge, bucket, key } = context;
  await edge.metadata.PutObjectTagging({ ...ofBucket(bucket), key, tags: [] });
  return { status: 204 };
});
