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

const smallestChunk = 128 * 1024;
const largestChunk = 1024 * 1024;
/** What a table of sequences may grow to: some 11 KB of a record, where others write in between. */
const mostChunks = 4096;

/**
 * The chunk size to write `size` bytes with: 128 KiB, for more than 512 MiB so much more that it is 4,096 chunks, 1 MiB at most; and no
 * more than fits `maxPayload`. A chunk is the least that a read takes and a client waits for; larger ones move no byte cheaper (measured).
 */
export function chooseChunkSize(maxPayload: number, size = 0): number {
  const headroom = 16 * 1024;
  let chunkSize = smallestChunk;
  while (chunkSize < largestChunk && size > chunkSize * mostChunks) chunkSize *= 2;
  return Math.min(chunkSize, Math.max(1024, maxPayload - headroom));
}
