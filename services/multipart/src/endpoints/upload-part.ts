import type { multipart } from "@holdfast/contracts";
import { fail, isMeshError } from "@holdfast/micro";
import type { Handlers, Input } from "@holdfast/micro/contract";
import { isUndecided } from "../domain/upload.ts";
import type { PartRow } from "../domain/upload.ts";
import { findUpload } from "../find-upload.ts";
import type { MultipartParts } from "../parts.ts";
import type { Stored } from "../upload-store.ts";

type UploadPartInput = Input<(typeof multipart)["endpoints"]["UploadPart"]>;

/** Writers of the same part number who may get in between. */
const attempts = 10;
/** Replaced runs that a row remembers: more than one part number can have calls in flight. */
const replacedKept = 16;

/**
 * Records a part whose chunks are stored. A part of the same number is replaced by compare-and-set on its row, and
 * its chunks are freed, but only when the upload still is open **after** the new row was written. Why this is safe:
 *
 * - Complete writes `choosing` before it reads the parts. So when the upload is open now, whichever Complete comes
 *   later reads our row, and one that came earlier was reopened, which only happens when no commit of what it chose
 *   can land any more. Nobody can have chosen the old chunks.
 * - When it is not open, a Complete may have chosen them: they stay. Complete frees those it did not choose, the
 *   sweep the rest.
 * - A late repetition of the call that stored the old part must not bring its row back, whose chunks are gone: the
 *   row remembers which runs it replaced, and the compare-and-set makes the repetition see that.
 */
export function uploadPart(parts: MultipartParts): Handlers<typeof multipart>["UploadPart"] {
  return async (input, { signal }) => {
    const { run, partNumber, uploadId, etag } = input;
    if (!run.id.startsWith(`${uploadId}.${partNumber}.`))
      throw new Error(`run ${run.id} is not of part ${partNumber} of upload ${uploadId}`);

    for (let attempt = 0; attempt < attempts && !signal.aborted; attempt++) {
      const [, previous] = await Promise.all([findOpen(parts, input), parts.uploads.readPart(input, partNumber)]);
      if (previous !== undefined && isRecorded(previous.row, run.id))
        return { etag, lastModified: previous.row.lastModified };
      const row = newRow(input, previous, parts.now());
      if (!(await parts.uploads.writePart(input, row, previous?.sequence ?? 0))) continue;
      if (previous !== undefined) freeReplaced(parts, input, previous.row);
      return { etag, lastModified: row.lastModified };
    }
    throw fail("SlowDown", `part ${partNumber} is being written by others, try again`);
  };
}

async function findOpen({ uploads, chunks, background }: MultipartParts, input: UploadPartInput): Promise<void> {
  try {
    await findUpload(uploads, input);
  } catch (error) {
    // aborted while the bytes were on their way: nobody can ever choose them. In any other state somebody may have
    // (this may be a repetition)
    const row = isMeshError(error, "NoSuchUpload") ? (await uploads.read(input))?.row : undefined;
    if (row?.state === "aborted" && !isUndecided(row))
      background("free a part of an aborted upload", () => chunks.purgeRun(input.bucket, input.run.id));
    throw error;
  }
}

function isRecorded(row: PartRow, runId: string): boolean {
  return row.run.id === runId || row.replaced.includes(runId);
}

function newRow(input: UploadPartInput, previous: Stored<PartRow> | undefined, lastModified: number): PartRow {
  const { partNumber, etag, run, checksum } = input;
  const replaced = previous === undefined ? [] : [previous.row.run.id, ...previous.row.replaced].slice(0, replacedKept);
  return { partNumber, etag, run, checksum, lastModified, replaced };
}

function freeReplaced(
  { uploads, chunks, background }: MultipartParts,
  input: UploadPartInput,
  previous: PartRow,
): void {
  background("free a replaced part", async () => {
    const upload = await uploads.read(input);
    if (upload?.row.state === "open") await chunks.purgeRun(input.bucket, previous.run.id);
  });
}
