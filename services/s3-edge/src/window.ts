/** Memory for bytes on their way, from the edge's budget. */
import { s3Error } from "@holdfast/s3-protocol";
import type { Edge } from "./context.ts";
import type { Grant } from "./domain/byte-budget.ts";

/** Less than one chunk of an object makes no headway. */
const chunkBytes = 1024 * 1024;
const patienceMs = 10_000;

/** A window for a transfer of `length` bytes, to be released. Throws SlowDown when there is no room for long. */
export async function openWindow({ budget, config }: Edge, length: number): Promise<Grant> {
  const wanted = Math.min(length, Math.max(config.HOLDFAST_WINDOW_BYTES, chunkBytes));
  const grant = await budget.take({ least: Math.min(length, chunkBytes), wanted }, patienceMs);
  if (!grant) throw s3Error("SlowDown", { cause: new Error("no room in HOLDFAST_BYTES_IN_FLIGHT") });
  return grant;
}

/** Runs a transfer of `length` bytes inside a window. */
export async function withWindow<T>(edge: Edge, length: number, work: (bytes: number) => Promise<T>): Promise<T> {
  const grant = await openWindow(edge, length);
  try {
    return await work(grant.bytes);
  } finally {
    grant.release();
  }
}

/** Room for `length` bytes that are held whole. */
export async function withRoom<T>({ budget }: Edge, length: number, work: () => Promise<T>): Promise<T> {
  const grant = await budget.take({ least: length, wanted: length }, patienceMs);
  if (!grant) throw s3Error("SlowDown", { cause: new Error("no room in HOLDFAST_BYTES_IN_FLIGHT") });
  try {
    return await work();
  } finally {
    grant.release();
  }
}
