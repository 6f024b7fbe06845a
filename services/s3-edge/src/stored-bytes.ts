import type { StoredObject } from "@holdfast/contracts";
import { readObject } from "@holdfast/object-layout";
import { SpanKind, withSpan } from "@holdfast/runtime";
import type { Edge } from "./context.ts";
import { bytesTouched } from "./domain/bytes-touched.ts";
import { openReadWindow } from "./window.ts";

export type ByteSpan = { readonly bucket: string; readonly start: number; readonly end: number };

/**
 * The bytes of a stored object from `start` to `end` (exclusive), straight from JetStream: no more is asked for than a window, and
 * nothing more once `signal` is aborted or the iteration ends. Throws what `readObject` does, and SlowDown.
 */
export async function* storedBytes(
  edge: Edge,
  object: StoredObject,
  { bucket, start, end }: ByteSpan,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void> {
  const window = await openReadWindow(edge, bytesTouched(object, end - start));
  const finished = Promise.withResolvers<void>();
  const span = withSpan("jetstream get", () => finished.promise, { kind: SpanKind.CLIENT });
  try {
    yield* readObject(window.nc, object, { bucket, start, end, signal, windowBytes: window.bytes });
  } finally {
    window.release();
    finished.resolve();
    await span;
  }
}
