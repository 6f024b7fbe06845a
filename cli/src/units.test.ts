import { describe, expect, test } from "vitest";
import { formatBytes, parseSeconds, parseSize } from "./units.ts";

describe("parseSeconds", () => {
  test.for([
    ["90s", 90],
    ["15m", 900],
    ["1.5h", 5400],
    ["30d", 2_592_000],
  ] as const)("reads %s as %d seconds", ([text, seconds]) => {
    expect(parseSeconds("--max-age", text)).toBe(seconds);
  });

  test.for(["", "x", "-1d", "5y", "d", "1e99"])("refuses %j and names the option", (text) => {
    expect(() => parseSeconds("--max-age", text)).toThrow(`--max-age: "${text}" is not a duration`);
  });
});

describe("parseSize", () => {
  test.for([
    ["1000", 1000],
    ["500MB", 500_000_000],
    ["10GiB", 10_737_418_240],
  ] as const)("reads %s as %d bytes", ([text, bytes]) => {
    expect(parseSize("--max-bytes", text)).toBe(bytes);
  });

  test("refuses a unit that is an object's own property name", () => {
    expect(() => parseSize("--max-bytes", "1constructor")).toThrow("is not a size");
  });
});

test.for([
  [0, "0 B"],
  [1023, "1023 B"],
  [1536, "1.5 KiB"],
  [5 * 1024 ** 4, "5.0 TiB"],
] as const)("formatBytes writes %d as %s", ([bytes, text]) => {
  expect(formatBytes(bytes)).toBe(text);
});
