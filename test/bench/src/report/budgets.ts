/**
 * What each operation may cost: the budgets of issue 3 (all processes, R1 file storage, 2 cores), in one table. A full run shows them
 * beside what it measured; only the counts fail a test (short.ts), since times depend on the machine.
 */
import { totalOf } from "../measure/round-trips.ts";
import type { Measurement } from "../measure/measure-row.ts";

export type Budget = {
  readonly row: string;
  readonly concurrency?: number;
  /** NATS round trips that an operation waits for in sequence. */
  readonly waitedTrips?: number;
  /**
   * What the tests hold it to (short.ts): round trips that a typical request waits for, and all of them, on average. Not the goal but the
   * present: lower it when the code gets better.
   */
  readonly ceiling?: { readonly waited: number; readonly counted: number };
  /** CPU milliseconds of all processes per operation, or per MiB. */
  readonly cpuMs?: number;
  readonly cpuMsPerMiB?: number;
  /** Latency, milliseconds. */
  readonly p50Ms?: number;
  /** Peak of the edge's memory, and how far it may rise above where it was, MiB. */
  readonly edgeRssMiB?: number;
  readonly edgeGrowthMiB?: number;
  /** At most so many times the median latency of another row. */
  readonly slowerThan?: { readonly row: string; readonly times: number };
  /** The share of a floor that is aimed at, by throughput and by CPU: on a busy machine one of them alone passes by luck. */
  readonly floor?: { readonly kind: "nats" | "http"; readonly share: number };
  /** The same of a Go gateway on NATS Object Store, measured on such a machine. */
  readonly reference?: string;
};

const nearHttp = { kind: "http", share: 0.6 } as const;
const nearNats = { kind: "nats", share: 0.8 } as const;

export const budgets: readonly Budget[] = [
  {
    row: "PUT 4KiB",
    waitedTrips: 2,
    ceiling: { waited: 2, counted: 3.3 },
    cpuMs: 0.5,
    floor: nearHttp,
    reference: "0.75 ms; 1,269/s",
  },
  {
    row: "GET 4KiB",
    waitedTrips: 2,
    ceiling: { waited: 2, counted: 2.3 },
    cpuMs: 0.35,
    floor: nearHttp,
    reference: "1.11 ms; 1,086/s",
  },
  {
    row: "HEAD 4KiB",
    waitedTrips: 1,
    ceiling: { waited: 1, counted: 1.3 },
    cpuMs: 0.25,
    floor: nearHttp,
    reference: "0.48 ms; 2,126/s",
  },
  {
    row: "DELETE 4KiB",
    waitedTrips: 2,
    ceiling: { waited: 2, counted: 2.3 },
    cpuMs: 0.45,
    floor: nearHttp,
    reference: "0.72 ms; 1,682/s",
  },
  { row: "PUT 1MiB", cpuMs: 4, floor: nearNats, reference: "5.2 ms; 181 MiB/s" },
  { row: "GET 1MiB", cpuMs: 2.5, floor: nearNats, reference: "6.2 ms; 254 MiB/s" },
  { row: "PUT 64MiB", concurrency: 1, cpuMsPerMiB: 5, floor: nearNats, reference: "6.3 ms per MiB; 267 MiB/s" },
  {
    row: "GET 64MiB",
    cpuMsPerMiB: 2.5,
    floor: nearNats,
    reference: "4.2 ms per MiB; 163 MiB/s at c=1, 15 of 16 fail at c=16",
  },
  { row: "RANGE 1B of 1GiB", concurrency: 1, cpuMs: 1, edgeGrowthMiB: 16, reference: "5.8 s, 2.1 GB RSS" },
  { row: "OVERWRITE 4KiB", ceiling: { waited: 3, counted: 3.3 } },
  // the same path as of 1,000,000 keys; the call, and the fence that pages share
  { row: "LIST 1000 of 1000 keys", waitedTrips: 1, ceiling: { waited: 2, counted: 2.3 } },
  ...["100000", "1000000"].map((keys) => ({
    row: `LIST 1000 of ${keys} keys`,
    slowerThan: { row: "LIST 1000 of 1000 keys", times: 1.3 },
    reference: "linear: 17 ms at 1,000 keys, 1,234 ms at 4,000",
  })),
  { row: "COMPLETE 1GiB of 8MiB parts", p50Ms: 50, reference: "re-reads and rewrites every byte" },
  { row: "GET 1GiB", edgeRssMiB: 400, reference: "object-sized" },
  { row: "PUT 1GiB", edgeRssMiB: 400, reference: "object-sized" },
];

/** One budget held against what was measured. */
export type Verdict = {
  readonly row: string;
  readonly concurrency: number;
  readonly what: string;
  readonly budget: number;
  readonly measured: number;
  readonly passed: boolean;
  readonly reference: string | undefined;
};

/**
 * A row as a share of a floor, 1 being as good. By throughput, and by CPU with that of the clients: the latter says the same on a machine
 * whose cores are all busy, and does not mind who else is.
 */
export type Ratio = { readonly throughput: number; readonly cpu: number };
export type Ratios = { readonly nats?: Ratio; readonly http?: Ratio };

export type Judged = {
  readonly measurement: Measurement;
  readonly ratios: Ratios;
  /** Round trips waited for in sequence, where it is known. */
  readonly waitedTrips: number | undefined;
};

/** Every budget that the rows measured can be held against. */
export function judge(rows: readonly Judged[]): Verdict[] {
  const slow = new Map(rows.map(({ measurement: { row, concurrency, p50 } }) => [`${row} ${concurrency}`, p50]));
  return rows.flatMap((judged) => {
    const { row, concurrency } = judged.measurement;
    const own = budgets.filter((budget) => budget.row === row && (budget.concurrency ?? concurrency) === concurrency);
    return own.flatMap((budget) => verdicts(budget, judged, slow));
  });
}

function verdicts(
  budget: Budget,
  { measurement, ratios, waitedTrips }: Judged,
  slow: ReadonlyMap<string, number>,
): Verdict[] {
  const { row, concurrency, cpuMs, bytes, operations, p50, errors, processes } = measurement;
  const edge = processes["s3-edge"];
  const mib = bytes / 1024 ** 2;
  const { slowerThan, floor } = budget;
  const yardstick = slow.get(`${slowerThan?.row} ${concurrency}`);
  const ratio = floor && ratios[floor.kind];
  const share = ratio && Math.min(ratio.throughput, ratio.cpu);
  const atMost: [what: string, budget: number | undefined, measured: number | undefined][] = [
    ["round trips in sequence", budget.waitedTrips, waitedTrips],
    ["CPU ms", budget.cpuMs, cpuMs],
    ["CPU ms per MiB", budget.cpuMsPerMiB, cpuMs !== undefined && mib > 0 ? (cpuMs * operations) / mib : undefined],
    ["p50 ms", budget.p50Ms, p50],
    ["edge RSS MiB", budget.edgeRssMiB, edge?.peakRssMiB],
    ["edge RSS growth MiB", budget.edgeGrowthMiB, edge?.grewMiB],
    [`p50 of ${slowerThan?.row}`, slowerThan?.times, yardstick === undefined ? undefined : p50 / yardstick],
    ["errors", 0, Object.values(errors).reduce((sum, n) => sum + n, 0)],
  ];
  const common = { row, concurrency, reference: budget.reference };
  const judged = atMost.flatMap(([what, limit, measured]) =>
    limit === undefined || measured === undefined
      ? []
      : [{ ...common, what, budget: limit, measured, passed: measured <= limit }],
  );
  if (floor === undefined || share === undefined) return judged;
  const what = `share of the ${floor.kind} floor`;
  return [...judged, { ...common, what, budget: floor.share, measured: share, passed: share >= floor.share }];
}

/** All round trips of a measurement, counted; undefined without our metrics. */
export const countedTrips = ({ roundTrips }: Measurement): number | undefined => roundTrips && totalOf(roundTrips);
