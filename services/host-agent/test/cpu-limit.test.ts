/** `cpuLimit`: what a workload may use of a CPU, as the worker holds itself to it. */
import { guest } from "@holdfast/guests";
import { expect, test } from "vitest";
import { startOneWorker } from "./one-worker.ts";

test("a workload with a cpuLimit gets that share of a CPU and a second's worth more, and is told", async () => {
  await using limited = await startOneWorker(await guest("http-hostile"), { cpuMillicores: 100 });
  const [usedBefore, began] = [await limited.worker.cpuMs(), performance.now()];
  let calls = 0;
  do {
    expect(await limited.get("/burn")).toBe(200);
    calls++;
  } while (performance.now() - began < 2_500);
  const seconds = (performance.now() - began) / 1_000;
  const used = (await limited.worker.cpuMs()) - usedBefore;
  // 100 ms of CPU for each second and for one more, and what fits between two looks: 100 ms and a call on a slow machine
  expect(used).toBeLessThan(100 * (seconds + 1) + 400);
  // it goes on working all the while
  expect(calls).toBeGreaterThan(3);
  expect(limited.lines).toMatchObject([
    expect.stringMatching(/^used more than its cpuLimit of 100 thousandths of a CPU; paused for [0-9.]+ s$/),
  ]);
});
