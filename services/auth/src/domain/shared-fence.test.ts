import { expect, test } from "vitest";
import { sharedFence } from "./shared-fence.ts";

function harness() {
  const runs: PromiseWithResolvers<number>[] = [];
  const fence = sharedFence(() => {
    const run = Promise.withResolvers<number>();
    runs.push(run);
    return run.promise;
  });
  return { runs, fence };
}

test("calls that arrive while a fence runs share the next one, which begins after it", async () => {
  const { runs, fence } = harness();
  const first = fence();
  const later = [fence(), fence(), fence()];
  expect(runs.length).toBe(1);
  runs[0]?.resolve(1);
  expect(await first).toBe(1);
  await Promise.resolve();
  expect(runs.length).toBe(2);
  runs[1]?.resolve(2);
  expect(await Promise.all(later)).toEqual([2, 2, 2]);
});

test("two fences never run at once, also for a call in the moment between them", async () => {
  const { runs, fence } = harness();
  const first = fence();
  const second = fence();
  runs[0]?.resolve(1);
  await first;
  const third = fence();
  await new Promise((resolve) => setImmediate(resolve));
  expect(runs.length).toBeLessThanOrEqual(3);
  runs[1]?.resolve(2);
  expect(await second).toBe(2);
  await new Promise((resolve) => setImmediate(resolve));
  runs[2]?.resolve(3);
  expect(await third).toBeGreaterThanOrEqual(2);
});

test("a fence that fails fails its callers only", async () => {
  const { runs, fence } = harness();
  const first = fence();
  const second = fence();
  runs[0]?.reject(new Error("no leader"));
  await expect(first).rejects.toThrow("no leader");
  runs[1]?.resolve(2);
  expect(await second).toBe(2);
});
