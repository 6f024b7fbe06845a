import type { NatsConnection } from "@nats-io/nats-core";
import { describe, expect, test } from "vitest";
import { laneBytes, lanesFor, ReadLanes } from "./read-lanes.ts";

const mib = 1024 ** 2;
const window = { least: mib, wanted: 4 * mib };
// Only told apart here, never used.
const connections = (count: number) => Array.from({ length: count }, () => ({}) as NatsConnection);

describe("read lanes", () => {
  test.for([
    [1, 1],
    [31 * mib, 1],
    [64 * mib, 2],
    [256 * mib, 8],
    [10_000 * mib, 8],
  ] as const)("for %i bytes take %i connections", ([total, lanes]) => {
    expect(lanesFor(total)).toBe(lanes);
  });

  test("never have more than half of nats-server's max_pending asked for on one connection", async () => {
    const all = connections(2);
    const lanes = new ReadLanes(all, 1024 * mib);
    const asked = new Map(all.map((nc) => [nc, 0]));
    for (;;) {
      const opened = await lanes.open(window, 1).catch(() => undefined);
      if (!opened) break;
      asked.set(opened.nc, (asked.get(opened.nc) ?? 0) + opened.bytes);
    }
    for (const bytes of asked.values()) {
      expect(bytes).toBeLessThanOrEqual(laneBytes);
      expect(bytes).toBeGreaterThan(laneBytes - mib);
    }
    expect(lanes.used).toBe([...asked.values()].reduce((a, b) => a + b));
  });

  test("spread windows over their connections", async () => {
    const lanes = new ReadLanes(connections(3), 96 * mib);
    const opened = await Promise.all([1, 2, 3].map(() => lanes.open(window, 1)));
    expect(new Set(opened.map(({ nc }) => nc)).size).toBe(3);
  });

  test("let the next reader wait until one is done, or answer SlowDown", async () => {
    const lanes = new ReadLanes(connections(1), mib);
    const first = await lanes.open(window, 1);
    await expect(lanes.open(window, 1)).rejects.toMatchObject({ code: "SlowDown" });
    const next = lanes.open(window, 60_000);
    first.release();
    expect((await next).bytes).toBe(mib);
  });
});
