import { parseWriteConditions } from "@holdfast/s3-protocol";
import { onObject } from "../context.ts";
import { ofBucket } from "../of-bucket.ts";

export const deleteObject = onObject(async (context) => {
  const { edge, bucket, key, headers } = context;
  const { ifMatch } = parseWriteConditions(headers);
  await edge.metadata.DeleteObject({ ...ofBucket(bucket), key, ifMatch });
  return { status: 204 };
});
