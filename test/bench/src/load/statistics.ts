/** What is said of a row's latencies and errors. */

export type Latencies = { readonly p50: number; readonly p99: number; readonly p999: number };

/** The nearest-rank quantiles of latencies in milliseconds; zeros when there are none. Sorts in place. */
export function quantiles(latencies: number[]): Latencies {
  latencies.sort((a, b) => a - b);
  const at = (q: number) => latencies[Math.max(0, Math.ceil(q * latencies.length) - 1)] ?? 0;
  return { p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}

/** The middle of some numbers (of the two in the middle their mean); NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low, high] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return low === undefined || high === undefined ? Number.NaN : (low + high) / 2;
}
