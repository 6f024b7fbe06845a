import { describe, expect, test } from "vitest";
import { cpuPercent, machineUsage, parseCpuTimes, parseMemory } from "./usage.ts";

test("parseCpuTimes counts waiting for a disk as idle, and guests once", () => {
  const stat = "cpu  100 10 50 800 40 0 0 0 30 0\ncpu0 1 1 1 1\n";
  expect(parseCpuTimes(stat)).toEqual({ idle: 840, total: 1_000 });
  expect(parseCpuTimes("intr 5")).toBeUndefined();
});

test("parseMemory reads bytes, free being what is available", () => {
  const meminfo = "MemTotal:        2048 kB\nMemFree:          100 kB\nMemAvailable:    1024 kB\n";
  expect(parseMemory(meminfo)).toEqual({ total: 2 * 1024 ** 2, free: 1024 ** 2 });
  expect(parseMemory("")).toBeUndefined();
});

test.for([
  [{ idle: 0, total: 0 }, { idle: 75, total: 100 }, 25],
  [{ idle: 75, total: 100 }, { idle: 75, total: 200 }, 100],
  [{ idle: 75, total: 100 }, { idle: 75, total: 100 }, 0],
  // a container that was moved to another machine
  [{ idle: 75, total: 100 }, { idle: 5, total: 10 }, 0],
] as const)("cpuPercent between %j and %j is %i", ([before, after, percent]) => {
  expect(cpuPercent(before, after)).toBe(percent);
});

describe("machineUsage", () => {
  test("reads figures of this machine", async () => {
    const usage = machineUsage();
    const { cpuPercent: percent, memory } = await usage.read();
    expect(percent).toBeGreaterThanOrEqual(0);
    expect(percent).toBeLessThanOrEqual(100);
    expect(memory.total).toBeGreaterThan(memory.free);
    expect(memory.free).toBeGreaterThan(0);
  });
});
