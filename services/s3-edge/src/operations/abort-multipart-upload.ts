import { parseUploadId } from "@holdfast/s3-protocol";
import { onObject } from "../context.ts";
import { ofUpload } from "../upload.ts";

export const abortMultipartUpload = onObject(async (context) => {
  await context.edge.multipart.AbortMultipartUpload(ofUpload(context, parseUploadId(context.query)));
  return { status: 204 };
});
