/** What a workload waits for when no spare worker is there. */
import { temporaryFolder } from "@holdfast/testkit";
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Peer } from "../src/channel/peer.ts";
import { compileCache } from "../src/isolates/compile-cache.ts";
import { startProcess, startThread, type WorkerSettings } from "../src/isolates/worker-handle.ts";

/** CPU in milliseconds until a worker takes calls. */
async function startCost(start: typeof startThread, settings: Omit<WorkerSettings, "heapLimitMb">): Promise<number> {
  const worker = start({ heapLimitMb: 64, ...settings });
  const peer = new Peer(worker.port, { methods: {} });
  try {
    expect(await peer.call("load", { components: [], memoryMaxMb: 64, deniedNetworks: [] })).toEqual([]);
    return await worker.cpuMs();
  } finally {
    await worker.terminate();
  }
}

const cheapest = async (start: () => Promise<number>) => Math.min(await start(), await start());

describe("a worker", () => {
  test("starts with less CPU once its code is in the cache", async () => {
    await using folder = await temporaryFolder();
    const settings = { compileCache: join(folder.path, "new", "compiled") };
    const without = await cheapest(() => startCost(startThread, {}));
    await startCost(startThread, settings);
    const cached = await cheapest(() => startCost(startThread, settings));
    // a third to a half when measured
    expect(cached / without).toBeLessThan(0.75);
  });

  test("starts where the cache cannot be written", async () => {
    await using folder = await temporaryFolder();
    const file = join(folder.path, "file");
    await writeFile(file, "no folder");
    for (const start of [startThread, startProcess])
      expect(await startCost(start, { compileCache: join(file, "compiled") })).toBeGreaterThan(0);
  });
});

test("a folder for compiled code that cannot be made is done without, and told", async () => {
  const told: unknown[] = [];
  const log = { warn: (...args: unknown[]) => void told.push(args) };
  await using folder = await temporaryFolder();
  const file = join(folder.path, "file");
  await writeFile(file, "no folder");
  expect(await compileCache(join(file, "compiled"), log)).toBeUndefined();
  expect(told).toHaveLength(1);
  const made = join(folder.path, "a", "b");
  expect(await compileCache(made, log)).toBe(made);
  expect((await stat(made)).mode & 0o777).toBe(0o700);
});
