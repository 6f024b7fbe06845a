import { expect, test } from "vitest";
import { RecentMap } from "./recent.ts";

test("a RecentMap forgets what was used longest ago, and never holds more than its limit", () => {
  const map = new RecentMap<string, number>(2);
  map.set("a", 1);
  map.set("b", 2);
  expect(map.get("a")).toBe(1);
  map.set("c", 3);
  expect([map.get("a"), map.get("b"), map.get("c"), map.size]).toEqual([1, undefined, 3, 2]);
});
