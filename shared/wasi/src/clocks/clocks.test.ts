import { describe, expect, test } from "vitest";
import { createClocks } from "./clocks.ts";

/** A clock that the test sets. */
function manual(resolutionNs?: bigint) {
  const time = { ns: 5_000_000_123n, ms: 1_700_000_000_987 };
  const source = { monotonicNs: () => time.ns, wallMs: () => time.ms };
  return { time, clocks: createClocks(resolutionNs === undefined ? { source } : { source, resolutionNs }) };
}

describe("the monotonic clock", () => {
  test("begins with the instance: it says nothing of the host", () => {
    const { time, clocks } = manual();
    expect(clocks.monotonicClock.now()).toBe(0n);
    time.ns += 1_234_567n;
    expect(clocks.monotonicClock.now()).toBe(1_234_000n);
    expect(clocks.monotonicClock.resolution()).toBe(1_000n);
  });

  test("goes in steps of its resolution", () => {
    const { time, clocks } = manual(1_000_000n);
    time.ns += 1_999_999n;
    expect(clocks.monotonicClock.now()).toBe(1_000_000n);
  });

  test("makes pollables that are ready from their instant on", async () => {
    const clocks = createClocks();
    const { now, subscribeDuration, subscribeInstant } = clocks.monotonicClock;
    expect(subscribeInstant(0n).block()).toBeUndefined();
    const began = now();
    await subscribeDuration(3_000_000n).block();
    expect(now() - began).toBeGreaterThanOrEqual(3_000_000n);
  });

  test("takes a duration beyond the end of time", () => {
    const { clocks } = manual();
    const pollable = clocks.monotonicClock.subscribeDuration(2n ** 64n - 1n);
    const stop = pollable.readiness.onReady(() => undefined);
    expect(pollable.ready()).toBe(false);
    stop();
  });
});

describe("the wall clock", () => {
  test("tells the time in milliseconds, or as coarse as asked", () => {
    expect(manual().clocks.wallClock.now()).toEqual({ seconds: 1_700_000_000n, nanoseconds: 987_000_000 });
    const { wallClock } = manual(100_000_000n).clocks;
    expect(wallClock.now()).toEqual({ seconds: 1_700_000_000n, nanoseconds: 900_000_000 });
    expect(wallClock.resolution()).toEqual({ seconds: 0n, nanoseconds: 100_000_000 });
  });

  test("knows no time zone but UTC", () => {
    const { timezone } = manual().clocks;
    expect(timezone.utcOffset()).toBe(0);
    expect(timezone.display()).toEqual({ utcOffset: 0, name: "UTC", inDaylightSavingTime: false });
  });
});
