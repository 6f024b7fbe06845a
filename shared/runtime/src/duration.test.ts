import { describe, expect, test } from "vitest";
import { parseDuration } from "./duration.ts";

describe("parseDuration", () => {
  test.for([
    ["500ms", 500],
    ["10s", 10_000],
    ["1.5h", 5_400_000],
    ["7d", 604_800_000],
    [" 2m ", 120_000],
    ["0", 0],
  ] as const)("reads %s as %d ms", ([text, ms]) => {
    expect(parseDuration(text)).toBe(ms);
  });

  test.for(["", "7", "d", "-1s", "1y", "1h30m", "1e3s"])("knows no duration %j", (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
});
