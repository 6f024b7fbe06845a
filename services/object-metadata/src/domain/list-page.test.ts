import { describe, expect, test } from "vitest";
import { listPage, type OrderedEntries, type PageQuery, successor } from "./list-page.ts";

/** Entries over a list of keys; counts what is looked at. */
function source(keys: readonly string[]): OrderedEntries<string> & { seen: number } {
  const sorted = keys.map((key) => Buffer.from(key)).sort((a, b) => Buffer.compare(a, b));
  return {
    seen: 0,
    *from(from) {
      // a search as good as an index's, so that only what is yielded counts
      for (const key of sorted.filter((key) => Buffer.compare(key, from) >= 0)) {
        this.seen++;
        yield { key: key.toString(), value: key.toString() };
      }
    },
  };
}

const all: PageQuery = { prefix: "", delimiter: "", startAfter: "", maxKeys: 1000 };
const keysOf = (keys: string[], query: Partial<PageQuery>) => {
  const page = listPage(source(keys), { ...all, ...query });
  return { keys: page.entries.map((entry) => entry.key), prefixes: page.commonPrefixes, next: page.next };
};

describe("listPage", () => {
  test("orders by UTF-8 bytes, not by UTF-16 units", () => {
    expect(keysOf(["😀", "\uff5e", "a"], {}).keys).toEqual(["a", "\uff5e", "😀"]);
  });

  test("ends a page early whose names JSON escapes: it would take six times as much as any other", () => {
    const keys = Array.from({ length: 400 }, (_, i) => String(i).padStart(4, "0").padEnd(1_024, "\u0001"));
    const pages: string[][] = [];
    for (let startAfter: string | undefined = ""; startAfter !== undefined;) {
      const { keys: page, next } = keysOf(keys, { startAfter });
      pages.push(page);
      startAfter = next;
    }
    expect(pages.length).toBeGreaterThan(1);
    for (const page of pages) expect(JSON.stringify(page).length).toBeLessThan(1_200_000);
    expect(pages.flat()).toEqual(keys);
    const long = Array.from({ length: 1_000 }, (_, i) => String(i).padStart(4, "0").padEnd(1_024, "k"));
    expect(keysOf(long, {}).keys).toHaveLength(1_000);
  });

  test.for([
    ["a key", { startAfter: "a/1" }, ["a/2", "b"], []],
    ["a key inside a common prefix", { startAfter: "a/1", delimiter: "/" }, ["b"], ["a/"]],
    ["a common prefix", { startAfter: "a/", delimiter: "/" }, ["b"], []],
    ["the last key of a common prefix", { startAfter: "a/2", delimiter: "/" }, ["b"], []],
    ["what sorts before the prefix", { startAfter: "0", prefix: "a/" }, ["a/1", "a/2"], []],
    ["what sorts behind the prefix", { startAfter: "c", prefix: "a/" }, [], []],
  ] as const)("starts after %s", ([, query, keys, prefixes]) => {
    expect(keysOf(["a/1", "a/2", "b"], query)).toMatchObject({ keys, prefixes });
  });

  test("takes delimiters of several characters", () => {
    expect(keysOf(["a--b", "a-b", "c--"], { delimiter: "--" })).toMatchObject({
      keys: ["a-b"],
      prefixes: ["a--", "c--"],
    });
  });

  test("answers nothing, and not truncated, for no keys asked", () => {
    expect(listPage(source(["a"]), { ...all, maxKeys: 0 })).toEqual({
      entries: [],
      commonPrefixes: [],
      isTruncated: false,
    });
  });

  test("is truncated only when something follows", () => {
    expect(listPage(source(["a/1", "a/2"]), { ...all, delimiter: "/", maxKeys: 1 }).isTruncated).toBe(false);
    expect(listPage(source(["a/1", "b"]), { ...all, delimiter: "/", maxKeys: 1 })).toMatchObject({
      isTruncated: true,
      next: "a/",
    });
  });

  test("looks at one key per common prefix, however many it holds", () => {
    const keys = ["a", "b", "c"].flatMap((dir) => Array.from({ length: 5000 }, (_, i) => `${dir}/${i}`));
    const entries = source(keys);
    expect(listPage(entries, { ...all, delimiter: "/" }).commonPrefixes).toEqual(["a/", "b/", "c/"]);
    expect(entries.seen).toBeLessThan(10);
  });
});

describe("successor", () => {
  test("is the least byte string beyond all with this prefix", () => {
    expect(successor(Buffer.from([1, 2]))).toEqual(Buffer.from([1, 3]));
    expect(successor(Buffer.from([1, 0xff]))).toEqual(Buffer.from([2]));
    expect(successor(Buffer.from([0xff]))).toBeUndefined();
  });
});
