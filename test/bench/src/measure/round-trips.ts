/** NATS round trips as the services count them themselves: `holdfast_nats_round_trips_total` on their admin ports. */
import type { Measured } from "./processes.ts";

/** So far, by operation: `jetstream/publish`, `object-metadata/PutObject`. */
export type RoundTrips = Readonly<Record<string, number>>;

export function parseRoundTrips(prometheusText: string): RoundTrips {
  const line = /^holdfast_nats_round_trips_total\{operation="([^"]*)"[^}]*\} (\S+)$/gm;
  return Object.fromEntries(
    [...prometheusText.matchAll(line)].map(([, operation = "", count]) => [operation, Number(count)]),
  );
}

/** The sum over some processes. */
export async function readRoundTrips(processes: readonly Measured[]): Promise<RoundTrips> {
  const sums: Record<string, number> = {};
  for (const { admin } of processes) {
    if (admin === undefined) continue;
    const text = await (await fetch(`${admin}/metrics`)).text();
    for (const [operation, count] of Object.entries(parseRoundTrips(text)))
      sums[operation] = (sums[operation] ?? 0) + count;
  }
  return sums;
}

/** What was added since, without what stayed; each divided by `by`. */
export function added(before: RoundTrips, after: RoundTrips, by: number): RoundTrips {
  return Object.fromEntries(
    Object.entries(after)
      .map(([operation, count]) => [operation, (count - (before[operation] ?? 0)) / by] as const)
      .filter(([, count]) => count > 0),
  );
}

export const totalOf = (roundTrips: RoundTrips): number => Object.values(roundTrips).reduce((sum, n) => sum + n, 0);
