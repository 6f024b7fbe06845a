/** A closed loop: `concurrency` callers, each sending its next request when the last one is answered. */
import { RequestFailed } from "../client/s3-client.ts";
import { type Latencies, quantiles } from "./statistics.ts";

/** One operation, given a counter that grows by one for each; resolves to the bytes of bodies it moved. */
export type Operation = (index: number) => Promise<number>;

export type Bounds = {
  readonly concurrency: number;
  readonly seconds: number;
  readonly maxOperations: number;
  /** The counter of the first operation: what a warm-up has used is not used again. */
  readonly from: number;
};

/** Ends what is under way when the time is up, for operations that take longer than any row: their bytes count, they do not. */
export type Cut = { abort(): void; movedBytes(): number };

export type LoadResult = Latencies & {
  readonly operations: number;
  readonly seconds: number;
  readonly bytes: number;
  /** How many by kind: `503 SlowDown`, `timeout`, `connection`. */
  readonly errors: Readonly<Record<string, number>>;
  /** The first of them, in words. */
  readonly problem: string | undefined;
  /** The counter that the next operation would have had. */
  readonly next: number;
};

/** Runs until the time or the number of operations is used up, whichever comes first. */
export async function runLoad(operation: Operation, bounds: Bounds, cut?: Cut): Promise<LoadResult> {
  const { concurrency, seconds, maxOperations, from } = bounds;
  const latencies: number[] = [];
  const errors: Record<string, number> = {};
  let [next, bytes] = [from, 0];
  let problem: string | undefined;
  let isOver = false;
  const movedBefore = cut?.movedBytes() ?? 0;
  const began = performance.now();
  const end = began + seconds * 1_000;
  const limit = from + maxOperations;
  const fail = (error: unknown) => {
    const kind = error instanceof RequestFailed ? error.kind : "failed";
    errors[kind] = (errors[kind] ?? 0) + 1;
    problem ??= error instanceof Error ? error.message : String(error);
  };
  const caller = async () => {
    let now = performance.now();
    while (now < end && next < limit) {
      const start = now;
      try {
        // not `bytes += await ...`: that would add to what it was before the wait
        const moved = await operation(next++);
        bytes += moved;
        now = performance.now();
        latencies.push(now - start);
      } catch (error) {
        // what we cut off ourselves is no error
        if (!isOver) fail(error);
        now = performance.now();
      }
    }
  };
  const stop = () => {
    isOver = true;
    cut?.abort();
  };
  const timer = cut && setTimeout(stop, seconds * 1_000);
  await Promise.all(Array.from({ length: concurrency }, caller));
  clearTimeout(timer);
  return {
    operations: latencies.length,
    seconds: (performance.now() - began) / 1_000,
    bytes: cut === undefined ? bytes : cut.movedBytes() - movedBefore,
    errors,
    problem,
    next,
    ...quantiles(latencies),
  };
}
