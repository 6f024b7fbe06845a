import { parseCopySourceRange, renderCopyPart } from "@holdfast/s3-protocol";
import { onObject } from "../context.ts";
import { copiedBytes, limitCopy, resolveSource } from "../copy-source.ts";
import { maxSinglePut } from "../new-object.ts";
import { openPart, storePart } from "../part.ts";
import { Hashes } from "../hashes.ts";
import { answerSlowly } from "../slow-answer.ts";
import { withWindow } from "../window.ts";

export const uploadPartCopy = onObject(async (context) => {
  const { edge, headers, exchange } = context;
  const { part, upload } = await openPart(context);
  const from = await resolveSource(context);
  const rangeHeader = headers.get("x-amz-copy-source-range");
  const { size } = from.object;
  const range = rangeHeader === undefined ? { start: 0, end: size - 1 } : parseCopySourceRange(rangeHeader, size);
  limitCopy(range.end - range.start + 1, maxSinglePut);
  const copy = async (): Promise<string> =>
    withWindow(edge, range.end - range.start + 1, async (windowBytes) => {
      const wanted = { start: range.start, end: range.end + 1 };
      const copied = copiedBytes(context, from, wanted, new Hashes(upload.checksumAlgorithm));
      return renderCopyPart(await storePart(context, part, copied, windowBytes));
    });
  return answerSlowly(edge, exchange, copy());
});
