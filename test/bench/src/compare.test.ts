import { expect, test } from "vitest";
import { ratiosOf } from "./compare.ts";
import type { Measurement } from "./measure/measure-row.ts";

const measurement = (cpuMs: number, operations: number): Measurement => ({
  row: "PUT",
  concurrency: 1,
  operations,
  seconds: 1,
  bytes: 0,
  errors: {},
  problem: undefined,
  p50: 1,
  p99: 1,
  p999: 1,
  clientCpuMs: 0,
  cpuMs,
  processes: {},
  roundTrips: { "jetstream/publish": 2 },
});

test("ratios are this tree's over the other's, pair by pair, with their median", () => {
  const pairs = [
    [measurement(2, 100), measurement(1, 150)],
    [measurement(4, 100), measurement(1, 200)],
    [measurement(1, 100), measurement(1, 100)],
  ] as const;
  expect(ratiosOf({ row: "PUT", concurrency: 1, pairs })).toEqual({
    cpu: { pairs: [0.5, 0.25, 1], median: 0.5 },
    throughput: { pairs: [1.5, 2, 1], median: 1.5 },
    trips: { pairs: [1, 1, 1], median: 1 },
  });
});
