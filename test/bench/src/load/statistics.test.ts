import { expect, test } from "vitest";
import { median, quantiles } from "./statistics.ts";

test("quantiles are nearest ranks", () => {
  const thousand = Array.from({ length: 1_000 }, (_, i) => 1_000 - i);
  expect(quantiles(thousand)).toEqual({ p50: 500, p99: 990, p999: 999 });
  expect(quantiles([7])).toEqual({ p50: 7, p99: 7, p999: 7 });
  expect(quantiles([])).toEqual({ p50: 0, p99: 0, p999: 0 });
});

test.for([
  [[3, 1, 2], 2],
  [[4, 1, 2, 3], 2.5],
  [[5], 5],
] as const)("the median of %j is %d", ([values, middle]) => {
  expect(median(values)).toBe(middle);
});
