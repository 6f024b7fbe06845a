import { expect, test } from "vitest";
import { limitedLog } from "./log-limit.ts";

function setUp() {
  const lines: string[] = [];
  let now = 0;
  const log = limitedLog(
    (_component, { message }) => void lines.push(message),
    () => now,
  );
  return {
    lines,
    pass: (ms: number) => (now += ms),
    print: (message: string) => log("a", { level: "info", context: "stdout", message }),
  };
}

test("lines come through as they are, also many at once", () => {
  const { lines, print } = setUp();
  for (let i = 0; i < 4_000; i++) print("line");
  expect(lines).toEqual(Array.from({ length: 4_000 }, () => "line"));
});

test("what is printed above the limit is dropped, told once, and counted when it is over", () => {
  const { lines, print, pass } = setUp();
  for (let i = 0; i < 100; i++) print("x".repeat(16 * 1024));
  expect(lines).toHaveLength(33);
  expect(lines.at(-1)).toBe("the workload prints more than 512 KiB a second: lines are dropped");
  pass(1_000);
  print("again");
  expect(lines.slice(-2)).toEqual(["68 lines were dropped", "again"]);
});

test("empty lines count, too", () => {
  const { lines, print } = setUp();
  for (let i = 0; i < 100_000; i++) print("");
  expect(lines.length).toBeLessThan(6_000);
});
