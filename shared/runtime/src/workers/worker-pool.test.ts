import { expect, test } from "vitest";
import { pauseBefore } from "./worker-pool.ts";

test("a worker that ends is replaced at once, and later and later when the next ones end soon too", () => {
  expect([1, 2, 3, 4, 5, 6, 7, 8, 100].map(pauseBefore)).toEqual([
    0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000,
  ]);
});
