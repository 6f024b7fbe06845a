import { expect, test } from "vitest";
import { cut } from "./cut.ts";

test.for([
  ["short", 100, "short"],
  ["12345", 5, "12345"],
  ["123456", 5, "12345... (1 bytes more)"],
  ["aéé", 3, "aé... (2 bytes more)"],
  ["aéé", 4, "aé... (2 bytes more)"],
  ["🦀🦀", 7, "🦀... (4 bytes more)"],
  ["", 0, ""],
] as const)("cut of %j to %d bytes is %j", ([text, max, expected]) => {
  expect(cut(text, max)).toBe(expected);
});
