import { checksumHeader, quoteETag, s3Error } from "@holdfast/s3-protocol";
import { onObject } from "../context.ts";
import { maxSinglePut } from "../new-object.ts";
import { openPart, storePart } from "../part.ts";
import { receiveBody } from "../receive-body.ts";
import { withWindow } from "../window.ts";

export const uploadPart = onObject(async (context) => {
  const { part, upload } = await openPart(context);
  const body = receiveBody(context, { limit: maxSinglePut, algorithm: upload.checksumAlgorithm });
  if (upload.checksumAlgorithm && body.algorithm !== upload.checksumAlgorithm) {
    throw s3Error("InvalidRequest", {
      message: `Checksum Type mismatch occurred, expected checksum Type: ${upload.checksumAlgorithm.toLowerCase()}, actual checksum Type: ${body.algorithm?.toLowerCase()}`,
    });
  }
  const { etag, checksum } = await withWindow(context.edge, body.length, (windowBytes) =>
    storePart(context, part, body, windowBytes),
  );
  const returned: [string, string][] = checksum ? [[checksumHeader(checksum.algorithm), checksum.value]] : [];
  return { status: 200, headers: [["etag", quoteETag(etag)], ...returned] };
});
