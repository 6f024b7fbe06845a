import { expect, test } from "vitest";
import { isSigningDate } from "./signing-date.ts";

const now = Date.parse("2026-03-10T23:59:59Z");

test.for([
  ["20260301", false],
  ["20260302", true],
  ["20260310", true],
  ["20260311", true],
  ["20260312", false],
  ["20269999", false],
] as const)("isSigningDate of %s on 2026-03-10 is %j", ([date, expected]) => {
  expect(isSigningDate(date, now)).toBe(expected);
});
