import { onBucket } from "../context.ts";
import { ofBucket } from "../of-bucket.ts";

export const deleteBucket = onBucket(async (context) => {
  const { edge, bucket } = context;
  await edge.metadata.DeleteBucket({ ...ofBucket(bucket) });
  edge.buckets.forget(bucket.name);
  return { status: 204 };
});
