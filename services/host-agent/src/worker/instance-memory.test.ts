import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Holder, InstanceMemory } from "./instance-memory.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const holder = (memoryBytes: number): { memoryBytes: number; excess: string | undefined } => {
  return { memoryBytes, excess: undefined };
};
const patient = new AbortController().signal;

function setUp(maxBytes: number) {
  const reasons: string[] = [];
  return { reasons, memory: new InstanceMemory({ maxBytes, onOver: (reason) => void reasons.push(reason) }) };
}

describe("instances that run calls", () => {
  test("make others wait when they hold what the workload may, until one is done", async () => {
    const { memory } = setUp(100);
    const [a, b] = [holder(60), holder(40)];
    memory.note(a);
    expect(memory.isFull).toBe(false);
    memory.note(b);
    expect(memory.isFull).toBe(true);
    const change = memory.change(patient);
    memory.leave(a);
    await change;
    expect(memory.isFull).toBe(false);
  });

  test("never make others wait when there are none, however little is allowed", () => {
    const { memory } = setUp(0);
    expect(memory.isFull).toBe(false);
    const one = holder(10);
    memory.note(one);
    expect(memory.isFull).toBe(true);
    memory.leave(one);
    expect(memory.isFull).toBe(false);
  });

  test("are not waited for by who gives up", async () => {
    const { memory } = setUp(1);
    memory.note(holder(1));
    await expect(memory.change(AbortSignal.abort())).rejects.toThrow("given up");
  });

  test("are counted again as they grow, and are over at twice the limit, once", () => {
    const { memory, reasons } = setUp(100 * 1024 ** 2);
    const growing = { memoryBytes: 1024 ** 2, excess: undefined };
    memory.note(growing);
    growing.memoryBytes = 150 * 1024 ** 2;
    vi.advanceTimersByTime(100);
    expect(memory.isFull).toBe(true);
    expect(reasons).toEqual([]);
    growing.memoryBytes = 201 * 1024 ** 2;
    vi.advanceTimersByTime(1_000);
    expect(reasons).toEqual(["its instances hold 201 MiB together, twice what they may"]);
  });

  test("are over when one holds more than its component may", () => {
    const { memory, reasons } = setUp(100);
    const two: Holder = { memoryBytes: 1, excess: "component `a`: too much" };
    memory.note(two);
    vi.advanceTimersByTime(100);
    expect(reasons).toEqual(["component `a`: too much"]);
  });

  test("cost nothing when all are done", () => {
    const { memory } = setUp(100);
    const one = holder(1);
    memory.note(one);
    memory.leave(one);
    vi.advanceTimersByTime(100);
    expect(vi.getTimerCount()).toBe(0);
  });
});
