import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Watchdog } from "./watchdog.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A worker that burns so much CPU per second, and answers pings or not. */
function worker({ cpuShare, answers }: { cpuShare: number; answers: boolean }) {
  const seen = { pings: 0, stuck: undefined as number | undefined };
  const began = Date.now();
  const dog: Watchdog = new Watchdog({
    ping() {
      seen.pings++;
      if (answers) dog.pong();
    },
    cpuMs: async () => (Date.now() - began) * cpuShare,
    onStuck: (limitMs) => (seen.stuck = limitMs),
  });
  return { dog, seen };
}

describe("the watchdog", () => {
  test("ends a worker that burns its CPU limit without answering", async () => {
    const { dog, seen } = worker({ cpuShare: 1, answers: false });
    dog.watch(1_000);
    await vi.advanceTimersByTimeAsync(900);
    expect(seen.stuck).toBeUndefined();
    await vi.advanceTimersByTimeAsync(500);
    expect(seen.stuck).toBe(1_000);
  });

  test("lets a worker be that works long and answers", async () => {
    const { dog, seen } = worker({ cpuShare: 1, answers: true });
    dog.watch(1_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen).toMatchObject({ stuck: undefined });
    expect(seen.pings).toBeGreaterThan(50);
  });

  test("lets a worker be that gets no CPU from a busy machine", async () => {
    const { dog, seen } = worker({ cpuShare: 0.05, answers: false });
    dog.watch(1_000);
    await vi.advanceTimersByTimeAsync(15_000);
    expect(seen.stuck).toBeUndefined();
  });

  test("ends a worker that goes on burning when its last call was given up", async () => {
    const { dog, seen } = worker({ cpuShare: 1, answers: false });
    dog.watch(1_000)();
    await vi.advanceTimersByTimeAsync(1_500);
    expect(seen.stuck).toBe(1_000);
  });

  test("looks once more at a worker whose last call is over, and then no more", async () => {
    const { dog, seen } = worker({ cpuShare: 1, answers: true });
    const over = dog.watch(1_000);
    over();
    over();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(seen).toEqual({ pings: 1, stuck: undefined });
    expect(vi.getTimerCount()).toBe(0);
  });

  test("gives a call its own limit", async () => {
    const { dog, seen } = worker({ cpuShare: 1, answers: false });
    const over = dog.watch(30_000);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(seen.stuck).toBeUndefined();
    over();
    dog.watch(1_000);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(seen.stuck).toBe(1_000);
  });
});
