import { parseUploadId } from "@holdfast/s3-protocol";
import { callFor, onObject } from "../context.ts";

export const abortMultipartUpload = onObject(async (context) => {
  const { edge, bucket, key, query } = context;
  await edge.multipart.AbortMultipartUpload(
    { bucket: bucket.name, key, uploadId: parseUploadId(query) },
    callFor(context),
  );
  return { status: 204 };
});
