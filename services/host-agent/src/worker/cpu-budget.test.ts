import { expect, test } from "vitest";
import { CpuBudget } from "./cpu-budget.ts";

test("what is used within the share is not owed, and a second's worth may be saved", () => {
  const budget = new CpuBudget(250, 40, 0);
  expect(budget.owedMs(40 + 250, 0)).toBe(0);
  expect(budget.owedMs(40 + 250 + 25, 100)).toBe(0);
  // a minute of rest brings no more than a second does
  expect(budget.owedMs(40 + 275 + 250, 60_000)).toBe(0);
});

test("what is used above the share is waited for, and no more", () => {
  const budget = new CpuBudget(100, 0, 0);
  expect(budget.owedMs(150, 0)).toBeCloseTo(500);
  expect(budget.owedMs(150, 300)).toBeCloseTo(200);
  expect(budget.owedMs(150, 500)).toBeCloseTo(0);
});

test.for([50, 250, 900])("a thread that always works gets %i thousandths of a CPU", (millicores) => {
  const budget = new CpuBudget(millicores, 0, 0);
  let used = 0;
  let now = 0;
  while (now < 100_000) {
    // 70 ms of work, then it waits for as long as it is told
    used += 70;
    now += 70;
    now += budget.owedMs(used, now);
  }
  expect(used / now).toBeGreaterThan((millicores / 1_000) * 0.98);
  expect(used / now).toBeLessThan((millicores / 1_000) * 1.05);
});
