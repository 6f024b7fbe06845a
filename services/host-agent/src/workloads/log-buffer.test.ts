import { describe, expect, test } from "vitest";
import { LogBuffer } from "./log-buffer.ts";

const all = { after: 0, limit: 1_000, tail: false };
const never = new AbortController().signal;
const filled = (lines: number, capacity = 10) => {
  const log = new LogBuffer(capacity);
  for (let i = 1; i <= lines; i++) log.add("c", { level: "info", context: "stdout", message: `line ${i}` }, i);
  return log;
};
const messages = (log: LogBuffer, query = all) => log.read(query).lines.map(({ message }) => message);

describe("a workload's log", () => {
  test("is read from a sequence on, in pages", () => {
    expect(messages(filled(5), { after: 2, limit: 2, tail: false })).toEqual(["line 3", "line 4"]);
  });

  test("is read from its end with tail", () => {
    expect(messages(filled(5), { after: 0, limit: 2, tail: true })).toEqual(["line 4", "line 5"]);
  });

  test.for([11, 20, 21, 35])("keeps the newest lines and says how many went: %i of 10", (lines) => {
    const page = filled(lines).read(all);
    expect(page.lines.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 10 }, (_, i) => lines - 9 + i));
    expect(page.dropped).toBe(lines - 10);
  });

  test("keeps some MiB of long lines, the newest, and says how many went", () => {
    const log = new LogBuffer(10_000);
    for (let i = 0; i < 1_000; i++) log.add("c", { level: "info", context: "", message: "x".repeat(8_000) });
    const { lines, dropped } = log.read({ ...all, limit: 10_000 });
    expect(lines.at(-1)?.sequence).toBe(1_000);
    expect(lines.length + dropped).toBe(1_000);
    expect(lines.length * 8_000).toBeGreaterThan(1024 ** 2 - 8_000);
    expect(lines.length * 8_000).toBeLessThan(2.1 * 1024 ** 2);
  });

  test("cuts a line that is too long", () => {
    const log = new LogBuffer(1);
    log.add("c", { level: "info", context: "", message: "x".repeat(100_000) });
    expect(log.read(all).lines[0]?.message).toHaveLength(8_192 + " [cut]".length);
  });

  test("is followed: the answer comes with the next line", async () => {
    const log = filled(1);
    const next = log.follow({ after: 1, limit: 10, tail: false }, 10_000, never);
    log.add("c", { level: "warn", context: "stderr", message: "more" });
    expect((await next).lines).toMatchObject([{ sequence: 2, level: "warn", message: "more" }]);
  });

  test("is followed no longer when it ends, when time is up, or when nobody waits any more", async () => {
    const log = filled(1);
    const query = { after: 1, limit: 10, tail: false };
    expect(await log.follow(query, 1, never)).toEqual({ lines: [], dropped: 0, isOpen: true });
    const caller = new AbortController();
    const abandoned = log.follow(query, 10_000, caller.signal);
    caller.abort();
    expect((await abandoned).lines).toEqual([]);
    const last = log.follow(query, 10_000, never);
    log.close();
    expect(await last).toEqual({ lines: [], dropped: 0, isOpen: false });
  });
});
