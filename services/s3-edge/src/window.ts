/** Memory for bytes on their way, from the edge's budgets. A quarter-full edge gives whole windows, a full one small ones. */
import { s3Error } from "@holdfast/s3-protocol";
import type { Edge } from "./context.ts";
import type { ByteBudget } from "./domain/byte-budget.ts";
import { chunkBytes } from "./domain/bytes-touched.ts";
import type { ReadWindow } from "./read-lanes.ts";

const patienceMs = 10_000;

/** Runs a transfer of `length` bytes into JetStream inside a window. Throws SlowDown when there is no room for long. */
export function withWindow<T>(edge: Edge, length: number, work: (bytes: number) => Promise<T>): Promise<T> {
  return within(edge.budget, windowFor(edge, length), work);
}

/** A window for reading `length` bytes from JetStream, and the connection to do it on; to be released. */
export function openReadWindow(edge: Edge, length: number): Promise<ReadWindow> {
  return edge.reads.open(windowFor(edge, length), patienceMs);
}

/** Room for `length` bytes that are held whole. */
export function withRoom<T>({ budget }: Edge, length: number, work: () => Promise<T>): Promise<T> {
  return within(budget, { least: length, wanted: length }, work);
}

/** Runs a call that carries up to `length` bytes of an object beside its record; see ReadLanes for why these are counted. */
export function withInline<T>({ inline }: Edge, length: number, work: () => Promise<T>): Promise<T> {
  return within(inline, { least: length, wanted: length }, work);
}

function windowFor({ config }: Edge, length: number): { least: number; wanted: number } {
  const most = Math.max(config.HOLDFAST_WINDOW_BYTES, chunkBytes);
  // Less than one chunk makes no headway.
  return { least: Math.min(length, chunkBytes), wanted: Math.min(length, most) };
}

async function within<T>(
  budget: ByteBudget,
  window: { least: number; wanted: number },
  work: (bytes: number) => Promise<T>,
): Promise<T> {
  const grant = await budget.take(window, patienceMs);
  if (!grant) throw s3Error("SlowDown", { cause: new Error("no room in HOLDFAST_BYTES_IN_FLIGHT") });
  try {
    return await work(grant.bytes);
  } finally {
    grant.release();
  }
}
