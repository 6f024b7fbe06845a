import { parseCopySourceRange, renderCopyPart } from "@holdfast/s3-protocol";
import { onObject } from "../context.ts";
import { copiedBytes, limitCopy, resolveSource } from "../copy-source.ts";
import { maxSinglePut } from "../new-object.ts";
import { openPart, storePart } from "../part.ts";
import { answerSlowly } from "../slow-answer.ts";

export const uploadPartCopy = onObject(async (context) => {
  const { headers, exchange } = context;
  const { part, upload } = await openPart(context);
  const from = await resolveSource(context);
  const rangeHeader = headers.get("x-amz-copy-source-range");
  const { size } = from.object;
  const range = rangeHeader === undefined ? { start: 0, end: size - 1 } : parseCopySourceRange(rangeHeader, size);
  limitCopy(range.end - range.start + 1, maxSinglePut);
  const algorithm = upload.checksumAlgorithm;
  const copy = async (): Promise<string> => {
    const copied = copiedBytes(context, from, { start: range.start, end: range.end + 1, algorithm });
    const { etag, lastModified, checksum } = await storePart(context, part, copied);
    return renderCopyPart({ etag, lastModified, checksum });
  };
  return answerSlowly(exchange, copy());
});
