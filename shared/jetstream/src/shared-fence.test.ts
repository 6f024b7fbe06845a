import { describe, expect, test } from "vitest";
import { sharedFence } from "./shared-fence.ts";

/** A run that the test ends by hand; `runs` counts those begun. */
function manual() {
  const open: PromiseWithResolvers<number>[] = [];
  const fence = sharedFence(() => {
    const run = Promise.withResolvers<number>();
    open.push(run);
    return run.promise;
  });
  return { fence, open };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a shared fence", () => {
  test("gives who comes while one runs the next one, together", async () => {
    const { fence, open } = manual();
    const first = fence();
    const [second, third] = [fence(), fence()];
    expect(open).toHaveLength(1);
    open[0]?.resolve(1);
    expect(await first).toBe(1);
    await turn();
    expect(open).toHaveLength(2);
    open[1]?.resolve(2);
    expect(await Promise.all([second, third])).toEqual([2, 2]);
  });

  test("never runs twice at once, whenever callers come", async () => {
    let running = 0;
    let most = 0;
    const fence = sharedFence(async () => {
      most = Math.max(most, ++running);
      await turn();
      running--;
    });
    const calls: Promise<void>[] = [];
    for (let i = 0; i < 50; i++) {
      calls.push(fence());
      await Promise.resolve();
      if (i % 3 === 0) await turn();
    }
    await Promise.all(calls);
    expect(most).toBe(1);
  });

  test("does not begin for a call in the moment between two runs while the next one is due", async () => {
    const { fence, open } = manual();
    const first = fence();
    const second = fence();
    open[0]?.resolve(1);
    await first;
    const third = fence();
    await turn();
    expect(open.length).toBeLessThanOrEqual(3);
    open[1]?.resolve(2);
    expect(await second).toBe(2);
    await turn();
    open[2]?.resolve(3);
    expect(await third).toBeGreaterThanOrEqual(2);
  });

  test("began after the call, always", async () => {
    let clock = 0;
    const fence = sharedFence(async () => {
      const began = ++clock;
      await turn();
      return began;
    });
    const calls: Promise<boolean>[] = [];
    for (let i = 0; i < 100; i++) {
      const called = ++clock;
      calls.push(fence().then((began) => began > called));
      if (i % 7 === 0) await turn();
      else await Promise.resolve();
    }
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 100 }, () => true));
  });

  test("runs anew after a failure, and only those who shared it see it", async () => {
    const { fence, open } = manual();
    const first = fence();
    const second = fence();
    open[0]?.reject(new Error("no"));
    await expect(first).rejects.toThrow("no");
    await turn();
    open[1]?.resolve(2);
    expect(await second).toBe(2);
  });
});
