import { renderTagging } from "@holdfast/s3-protocol";
import { onObject } from "../context.ts";
import { ofBucket } from "../of-bucket.ts";

export const getObjectTagging = onObject(async (context) => {
  const { edge, bucket, key } = context;
  const { output } = await edge.metadata.ResolveObject({ ...ofBucket(bucket), key });
  return { status: 200, body: renderTagging(output.object.tags) };
});
