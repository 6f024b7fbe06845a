import { onBucket } from "../context.ts";

export const deleteBucket = onBucket(async (context) => {
  const { edge, bucket } = context;
  await edge.metadata.DeleteBucket({ bucket: bucket.name });
  edge.buckets.forget(bucket.name);
  return { status: 204 };
});
