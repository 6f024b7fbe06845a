/** What a workload notices of another one on the same host that means harm: docs/workloads.md states the bound. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Harness, type RunningWorkload, startHarness } from "./harness.ts";

let harness: Harness;
let neighbour: RunningWorkload;
beforeAll(async () => {
  // the limits of memory and CPU are the defaults but for the last, so that a spinning worker is also ended and started anew
  harness = await startHarness({ HOLDFAST_HOST_CPU_TIMEOUT: "2s", HOLDFAST_HOST_STOP_GRACE: "100ms" });
  neighbour = await harness.run("http-hello");
  await measure(200);
});
afterAll(() => harness[Symbol.asyncDispose]());

/** Milliseconds that each of so many requests to the neighbour took, one after the other. */
async function measure(requests: number): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < requests; i++) {
    const began = performance.now();
    expect((await neighbour.get("/")).status).toBe(200);
    times.push(performance.now() - began);
  }
  return times;
}

function percentile(times: readonly number[], share: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN;
}

/** The same while the hostile component is asked for this without a pause. */
async function measureBeside(harm: string, requests: number): Promise<number[]> {
  const hostile = await harness.run("http-hostile");
  const over = new AbortController();
  const harming = (async () => {
    while (!over.signal.aborted) await hostile.get(harm).catch(() => undefined);
  })();
  const times = await measure(requests);
  over.abort();
  await harness.agent.StopWorkload({ workloadId: hostile.workloadId });
  await harming;
  return times;
}

test("a component that spins, allocates or crashes leaves its neighbour's p99 within the stated bound", async () => {
  const alone: number[] = [];
  const beside: Record<string, number[]> = {};
  for (const harm of ["/loop", "/alloc", "/trap"]) {
    alone.push(...(await measure(100)));
    beside[harm] = await measureBeside(harm, 200);
  }
  const boundMs = 10 * percentile(alone, 0.99) + 100;
  for (const [harm, times] of Object.entries(beside)) expect(percentile(times, 0.99), harm).toBeLessThan(boundMs);
}, 120_000);
