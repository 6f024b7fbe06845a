import { describe, expect, test } from "vitest";
import { BackOff } from "./back-off.ts";
import { Gate } from "./gate.ts";

const patient = new AbortController().signal;

describe("the gate of a workload", () => {
  test("lets so many calls in at once, then in the order they came", async () => {
    const gate = new Gate({ most: 1, longestQueue: 2 });
    const order: string[] = [];
    const leave = await gate.enter(patient);
    const waiting = ["a", "b"].map(async (name) => {
      const out = await gate.enter(patient);
      order.push(name);
      out();
    });
    leave();
    await Promise.all(waiting);
    expect(order).toEqual(["a", "b"]);
    expect(gate.inHand).toBe(0);
  });

  test("refuses a call when the queue is full", async () => {
    const gate = new Gate({ most: 1, longestQueue: 0 });
    await gate.enter(patient);
    await expect(gate.enter(patient)).rejects.toMatchObject({ code: "busy" });
  });

  test("forgets a waiting call that is given up", async () => {
    const gate = new Gate({ most: 1, longestQueue: 1 });
    const leave = await gate.enter(patient);
    const caller = new AbortController();
    const call = gate.enter(caller.signal);
    caller.abort();
    await expect(call).rejects.toMatchObject({ code: "timeout" });
    leave();
    expect(gate.inHand).toBe(0);
  });

  test("refuses those who wait when it is closed, and tells when the last one is out", async () => {
    const gate = new Gate({ most: 1, longestQueue: 1 });
    const leave = await gate.enter(patient);
    const call = gate.enter(patient);
    gate.close();
    await expect(call).rejects.toMatchObject({ code: "stopped" });
    const idle = gate.idle(10_000);
    leave();
    leave();
    await idle;
    expect(gate.inHand).toBe(0);
  });
});

test("a back-off doubles up to its limit and begins anew after a quiet time", () => {
  let now = 1_000_000;
  const backOff = new BackOff({ firstMs: 100, longestMs: 1_000, quietMs: 60_000 }, () => now);
  expect(Array.from({ length: 6 }, () => backOff.next(1))).toEqual([100, 200, 400, 800, 1_000, 1_000]);
  expect(backOff.next(0)).toBe(500);
  now += 120_000;
  expect(backOff.next(1)).toBe(100);
});
