import { renderTagging } from "@holdfast/s3-protocol";
import { callFor, onObject } from "../context.ts";

export const getObjectTagging = onObject(async (context) => {
  const { edge, bucket, key } = context;
  const { output } = await edge.metadata.ResolveObject({ bucket: bucket.name, key }, callFor(context));
  return { status: 200, body: renderTagging(output.object.tags) };
});
