import { describe, expect, test } from "vitest";
import { ExpiringMap } from "./expiring-map.ts";

describe("an expiring map", () => {
  test("holds a value until its time is over", () => {
    const map = new ExpiringMap<string>({ ttlMs: 10, maxEntries: 5 });
    map.set("a", "1", 100);
    expect(map.get("a", 109)).toBe("1");
    expect(map.get("a", 110)).toBeUndefined();
    expect(map.size).toBe(0);
  });

  test("does not prolong what is used", () => {
    const map = new ExpiringMap<string>({ ttlMs: 10, maxEntries: 5 });
    map.set("a", "1", 0);
    map.get("a", 9);
    expect(map.get("a", 10)).toBeUndefined();
  });

  test("makes room by dropping the one unused for longest", () => {
    const map = new ExpiringMap<string>({ ttlMs: 1_000, maxEntries: 2 });
    map.set("a", "1", 0);
    map.set("b", "2", 0);
    map.get("a", 1);
    map.set("c", "3", 2);
    expect(["a", "b", "c"].map((key) => map.get(key, 3))).toEqual(["1", undefined, "3"]);
  });

  test("deletes what matches", () => {
    const map = new ExpiringMap<string>({ ttlMs: 1_000, maxEntries: 5 });
    for (const key of ["x/1", "x/2", "y/1"]) map.set(key, key, 0);
    map.deleteWhere((key) => key.startsWith("x/"));
    expect([map.size, map.get("y/1", 1)]).toEqual([1, "y/1"]);
  });
});
