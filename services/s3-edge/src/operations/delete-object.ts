import { parseWriteConditions } from "@holdfast/s3-protocol";
import { callFor, onObject } from "../context.ts";

export const deleteObject = onObject(async (context) => {
  const { edge, bucket, key, headers } = context;
  const { ifMatch } = parseWriteConditions(headers);
  await edge.metadata.DeleteObject({ bucket: bucket.name, key, ifMatch }, callFor(context));
  return { status: 204 };
});
