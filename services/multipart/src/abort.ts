/** Ends an upload that is not to become an object. */
import { fail } from "@holdfast/micro";
import { setTimeout as delay } from "node:timers/promises";
import { carryForward } from "./completion.ts";
import { begunWith, isInProgress } from "./domain/upload.ts";
import type { UploadRow } from "./domain/upload.ts";
import { findRow, noSuchUpload } from "./find-upload.ts";
import type { Wanted } from "./find-upload.ts";
import type { MultipartParts } from "./parts.ts";
import { createPatience } from "./patience.ts";
import type { Stored } from "./upload-store.ts";

/** How often an Abort that waits for a Complete looks. Milliseconds. */
const pollMs = 25;

/** Aborts an upload. Against a Complete that already commits it waits for the outcome: exactly one of the two wins. */
export async function abort(parts: MultipartParts, wanted: Wanted, signal: AbortSignal): Promise<void> {
  const patience = createPatience(parts.now, parts.patienceMs);
  while (!signal.aborted) {
    const { row, sequence } = await findRow(parts.uploads, wanted);
    if (!isInProgress(row)) throw noSuchUpload(row);
    if (row.state !== "committing") {
      if (await endUpload(parts, { row, sequence })) return;
    } else if (patience.isOver(sequence)) {
      await carryForward(parts, { row, sequence });
    } else {
      await delay(pollMs);
    }
  }
  throw fail("SlowDown", "the upload is being completed, try again");
}

/**
 * Moves an upload that is open or choosing to aborted and frees what it stored; false when somebody else was faster.
 */
export async function endUpload(
  parts: MultipartParts,
  upload: Pick<Stored<UploadRow>, "row" | "sequence">,
): Promise<boolean> {
  const { row, sequence } = upload;
  const ended = await parts.uploads.replace({ ...begunWith(row), state: "aborted" }, sequence);
  if (ended === undefined) return false;
  // rows and chunks that arrive from now on are found by the sweeps
  await Promise.all([parts.chunks.purgeUpload(row), parts.uploads.removeParts(row)]);
  return true;
}
