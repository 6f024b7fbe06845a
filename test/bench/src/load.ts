/** A closed loop: `concurrency` callers, each sending its next request when the last one is answered. */

export type Result = {
  operations: number;
  errors: number;
  /** The first few errors, in words. */
  problems: string[];
  seconds: number;
  bytes: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  p999: number;
};

/** One operation of the load, given a counter that grows by one for each; gives the bytes it moved. */
export type Operation = (index: number) => Promise<number>;

export type Bounds = { concurrency: number; seconds: number; maxOperations: number };

/** Runs until the time or the number of operations is used up, whichever comes first. */
export async function runLoad(operation: Operation, { concurrency, seconds, maxOperations }: Bounds): Promise<Result> {
  const latencies: number[] = [];
  const problems: string[] = [];
  let [next, errors, bytes] = [0, 0, 0];
  const began = performance.now();
  const end = began + seconds * 1_000;
  const caller = async () => {
    while (performance.now() < end && next < maxOperations) {
      const start = performance.now();
      try {
        const moved = await operation(next++);
        bytes += moved;
        latencies.push(performance.now() - start);
      } catch (error) {
        errors++;
        if (problems.length < 3) problems.push(error instanceof Error ? error.message : String(error));
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
  latencies.sort((a, b) => a - b);
  const quantile = (q: number) => latencies[Math.min(latencies.length - 1, Math.floor(q * latencies.length))] ?? 0;
  return {
    operations: latencies.length,
    errors,
    problems,
    seconds: (performance.now() - began) / 1_000,
    bytes,
    p50: quantile(0.5),
    p99: quantile(0.99),
    p999: quantile(0.999),
  };
}
