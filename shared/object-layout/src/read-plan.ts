/** Which bytes of which runs make up a range of an object. Pure. */
import type { ChunkRun, ObjectPart } from "@holdfast/contracts";

/** Bytes `start` to `end` (exclusive) of one run. */
export type RunRange = { readonly run: ChunkRun; readonly start: number; readonly end: number };

/** Bytes of an object: `end` is exclusive and defaults to the object's size. */
export type ByteRange = { start?: number | undefined; end?: number | undefined };

/** The pieces of runs, in order, that hold bytes `start` to `end` (exclusive). Runs that hold none are left out. */
export function planRead(runs: readonly ChunkRun[], range: ByteRange = {}): RunRange[] {
  const start = range.start ?? 0;
  const end = range.end ?? Number.MAX_SAFE_INTEGER;
  const pieces: RunRange[] = [];
  let offset = 0;
  for (const run of runs) {
    const from = Math.max(start, offset);
    const to = Math.min(end, offset + run.size);
    if (from < to) pieces.push({ run, start: from - offset, end: to - offset });
    offset += run.size;
  }
  return pieces;
}

/** The runs of the parts, in the order of the object's bytes. */
export function runsOfParts(parts: readonly ObjectPart[]): ChunkRun[] {
  return parts.map((part) => part.run);
}

/** The chunk size to write with: 1 MiB where the server's max_payload leaves room for headers, else 512 KiB, else what fits. */
export function chooseChunkSize(maxPayload: number): number {
  const headroom = 16 * 1024;
  if (maxPayload >= 1024 * 1024 + headroom) return 1024 * 1024;
  if (maxPayload >= 512 * 1024 + headroom) return 512 * 1024;
  return Math.max(1024, maxPayload - headroom);
}
