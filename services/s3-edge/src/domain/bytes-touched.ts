import type { StoredObject } from "@holdfast/contracts";

/** The largest chunk that we write. */
export const chunkBytes = 1024 * 1024;

/**
 * Bytes that reading `length` bytes of an object may ask JetStream for: a single byte takes its whole chunk. What waits on a
 * connection is counted by it, so it is an upper bound.
 */
export function bytesTouched({ data, size }: Pick<StoredObject, "data" | "size">, length: number): number {
  const parts = data.kind === "parts" ? data.parts.map(({ run }) => run) : [];
  const runs = data.kind === "run" ? [data.run] : parts;
  // Of a manifest's parts nothing is known yet.
  const chunkSize = runs.length === 0 ? chunkBytes : Math.max(...runs.map((run) => run.chunkSize));
  return Math.min(size, length + 2 * Math.max(0, chunkSize - 1));
}
