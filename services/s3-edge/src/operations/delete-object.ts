import { parseWriteConditions } from "@holdfast/s3-protocol";
import { onObject } from "../context.ts";

export const deleteObject = onObject(async (context) => {
  const { edge, bucket, key, headers } = context;
  const { ifMatch } = parseWriteConditions(headers);
  await edge.metadata.DeleteObject({ bucket: bucket.name, key, ifMatch });
  return { status: 204 };
});
