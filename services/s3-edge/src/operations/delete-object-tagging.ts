import { onObject } from "../context.ts";

export const deleteObjectTagging = onObject(async (context) => {
  const { edge, bucket, key } = context;
  await edge.metadata.PutObjectTagging({ bucket: bucket.name, key, tags: [] });
  return { status: 204 };
});
