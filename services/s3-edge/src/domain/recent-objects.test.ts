import type { StoredObject } from "@holdfast/contracts";
import { describe, expect, test } from "vitest";
import { RecentObjects } from "./recent-objects.ts";

const object = (key: string): StoredObject => ({
  key,
  versionId: "null",
  etag: "0".repeat(32),
  size: 4,
  lastModified: 0,
  sequence: 1,
  headers: {},
  userMetadata: {},
  tags: [],
  storageClass: "STANDARD",
  data: { kind: "run", run: { id: "run", size: 4, chunks: 1, chunkSize: 4 } },
});
const version = { sequence: 7, timeMs: 1_000 };
const bytes = new Uint8Array([1, 2, 3, 4]);

describe("a record decoded lately", () => {
  test("counts for the very message that it came from", () => {
    const recent = new RecentObjects(10_000);
    const added = recent.add("a", version, object("a"), 100);
    expect(recent.get("a", { ...version })).toBe(added);
  });

  test.for([
    { sequence: 8, timeMs: 1_000 },
    { sequence: 7, timeMs: 2_000 },
  ])("does not count for message %o", (other) => {
    const recent = new RecentObjects(10_000);
    recent.add("a", version, object("a"), 100);
    expect(recent.get("a", other)).toBeUndefined();
  });

  test("is not held where there is no memory for it", () => {
    const recent = new RecentObjects(0);
    recent.add("a", version, object("a"), 100);
    expect(recent.get("a", version)).toBeUndefined();
    expect(recent.bytes).toBe(0);
  });

  test("makes room when it is the one unused for longest", () => {
    const recent = new RecentObjects(3 * 812);
    for (const key of ["a", "b", "c"]) recent.add(key, version, object(key), 100);
    recent.get("a", version);
    recent.add("d", version, object("d"), 100);
    const held = ["a", "b", "c", "d"].filter((key) => recent.get(key, version) !== undefined);
    expect(held).toEqual(["a", "c", "d"]);
    expect(recent.bytes).toBe(3 * 812);
  });
});

describe("bytes read lately", () => {
  test("are a copy, beside their record", () => {
    const recent = new RecentObjects(10_000);
    const added = recent.add("a", version, object("a"), 100);
    const given = Uint8Array.from(bytes);
    recent.addBytes("a", added, given);
    given.fill(0);
    expect(recent.get("a", version)?.bytes).toEqual(bytes);
  });

  test("go with their record, and its memory with them", () => {
    const recent = new RecentObjects(10_000);
    recent.addBytes("a", recent.add("a", version, object("a"), 100), bytes);
    recent.delete("a");
    expect(recent.bytes).toBe(0);
  });

  test("are not put beside a record that replaced theirs meanwhile", () => {
    const recent = new RecentObjects(10_000);
    const old = recent.add("a", version, object("a"), 100);
    const newer = { sequence: 9, timeMs: 3_000 };
    recent.add("a", newer, object("a"), 100);
    recent.addBytes("a", old, bytes);
    expect(recent.get("a", newer)?.bytes).toBeUndefined();
  });

  test("are not held when one object would take the place of many", () => {
    const recent = new RecentObjects(16 * 100);
    recent.addBytes("a", recent.add("a", version, object("a"), 100), new Uint8Array(101));
    expect(recent.get("a", version)?.bytes).toBeUndefined();
  });
});
