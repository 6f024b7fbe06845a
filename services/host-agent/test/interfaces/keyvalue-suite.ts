/** What every key-value backend does, through the operations that bindings call. */
import { describe, expect, test } from "vitest";
import type { KeyValueBackend } from "../../src/interfaces/keyvalue/bucket.ts";
import { keyValueLimits, keyValueOperations } from "../../src/interfaces/keyvalue/operations.ts";

const text = (value: string) => new TextEncoder().encode(value);
const bytes = (...values: number[]) => Uint8Array.from(values);
const other = (message: RegExp) => ({ payload: { tag: "other", val: expect.stringMatching(message) } });

/** Runs the cases against a backend. `make` is called for each test; each test opens buckets of its own. */
export function describeKeyValueBackend(name: string, make: () => Promise<KeyValueBackend>): void {
  let count = 0;
  const open = async () => {
    const backend = await make();
    const operations = keyValueOperations(new Map([["", { backend, config: {} }]]));
    const store = `test-${process.pid}-${count++}`;
    await operations.open(store);
    const listed = async () => {
      const keys: string[] = [];
      let cursor: bigint | undefined;
      do {
        const page = await operations.listKeys(store, cursor);
        keys.push(...page.keys);
        cursor = page.cursor;
      } while (cursor !== undefined);
      return keys.toSorted();
    };
    return { operations, store, listed, backend };
  };

  describe(`wasi:keyvalue on ${name}`, () => {
    test("gives back what was set last", async () => {
      const { operations, store } = await open();
      expect(await operations.get(store, "a")).toBeUndefined();
      await operations.set(store, "a", text("one"));
      await operations.set(store, "a", bytes(0, 255, 128));
      expect(await operations.get(store, "a")).toEqual(bytes(0, 255, 128));
      expect(await operations.exists(store, "a")).toBe(true);
    });

    test("tells an empty value from none", async () => {
      const { operations, store } = await open();
      await operations.set(store, "empty", bytes());
      expect(await operations.get(store, "empty")).toEqual(bytes());
      expect(await operations.exists(store, "empty")).toBe(true);
      expect(await operations.exists(store, "none")).toBe(false);
    });

    test("deletes, also what is not there", async () => {
      const { operations, store, listed } = await open();
      await operations.set(store, "a", text("1"));
      await operations.delete(store, "a");
      await operations.delete(store, "a");
      await operations.delete(store, "never");
      expect(await operations.get(store, "a")).toBeUndefined();
      expect(await operations.exists(store, "a")).toBe(false);
      expect(await listed()).toEqual([]);
      await operations.set(store, "a", text("again"));
      expect(await operations.get(store, "a")).toEqual(text("again"));
    });

    test("keeps buckets apart", async () => {
      const { operations, store } = await open();
      await operations.set(store, "a", text("here"));
      expect(await operations.get(`${store}-other`, "a")).toBeUndefined();
      await operations.set(`${store}-other`, "b", text("there"));
      expect((await operations.listKeys(store, undefined)).keys).toEqual(["a"]);
    });

    const odd = [
      "a b",
      "ü/ß",
      "*",
      ">",
      "..",
      "../x",
      "A",
      "a",
      "a/b/c",
      "nul\0",
      "line\nbreak",
      "100%",
      "=b64.YQ",
      "k".repeat(1_024),
      "%",
      "[x]",
    ];
    test("takes any text for a key, and tells all of them apart", async () => {
      const { operations, store, listed } = await open();
      for (const key of odd) await operations.set(store, key, text(`value of ${key}`));
      for (const key of odd) expect(await operations.get(store, key), key).toEqual(text(`value of ${key}`));
      expect(await listed()).toEqual(odd.toSorted());
    });

    test("lists many keys page by page, each once", async () => {
      const { operations, store, listed } = await open();
      const keys = Array.from({ length: 2_500 }, (_, i) => `key-${String(i).padStart(5, "0")}`);
      for (let from = 0; from < keys.length; from += 1_000) {
        await operations.setMany(
          store,
          keys.slice(from, from + 1_000).map((key) => [key, text("x")]),
        );
      }
      await operations.set(store, "key-00007", text("once more"));
      await operations.delete(store, "key-00008");
      const expected = keys.filter((key) => key !== "key-00008");
      expect(await listed()).toEqual(expected);
    });

    test("adds to a counter, which begins at 0", async () => {
      const { operations, store } = await open();
      expect(await operations.increment(store, "n", 5n)).toBe(5n);
      expect(await operations.increment(store, "n", 0n)).toBe(5n);
      expect(await operations.increment(store, "n", 2n ** 40n)).toBe(5n + 2n ** 40n);
      await operations.delete(store, "n");
      expect(await operations.increment(store, "n", 1n)).toBe(1n);
    });

    test("loses no increment of many at the same time", async () => {
      const { operations, store } = await open();
      const sums = await Promise.all(Array.from({ length: 100 }, () => operations.increment(store, "n", 1n)));
      expect(sums.toSorted((a, b) => Number(a - b))).toEqual(Array.from({ length: 100 }, (_, i) => BigInt(i + 1)));
    });

    test("adds to nothing that is no counter, and not beyond 64 bits", async () => {
      const { operations, store } = await open();
      await operations.set(store, "word", text("word"));
      await expect(operations.increment(store, "word", 1n)).rejects.toMatchObject(other(/./));
      expect(await operations.get(store, "word")).toEqual(text("word"));
      await operations.increment(store, "n", 2n ** 63n - 1n);
      await expect(operations.increment(store, "n", 2n ** 64n - 1n)).rejects.toMatchObject(other(/64 bits/));
    });

    test("does many keys in one call", async () => {
      const { operations, store } = await open();
      await operations.setMany(store, [
        ["a", text("1")],
        ["b", text("2")],
        ["a", text("3")],
      ]);
      expect(await operations.getMany(store, ["b", "none", "a"])).toEqual([
        ["b", text("2")],
        undefined,
        ["a", text("3")],
      ]);
      await operations.deleteMany(store, ["a", "none"]);
      expect(await operations.getMany(store, ["a", "b"])).toEqual([undefined, ["b", text("2")]]);
      expect(await operations.getMany(store, [])).toEqual([]);
    });

    test("refuses what is too much, in words", async () => {
      const { operations, store } = await open();
      await expect(operations.get(store, "")).rejects.toMatchObject(other(/at least one character/));
      await expect(operations.get(store, "k".repeat(keyValueLimits.key + 1))).rejects.toMatchObject(
        other(/1025 bytes/),
      );
      await expect(operations.set(store, "a", new Uint8Array(keyValueLimits.value + 1))).rejects.toMatchObject(
        other(/bytes/),
      );
      const keys = Array.from({ length: keyValueLimits.batchKeys + 1 }, String);
      await expect(operations.getMany(store, keys)).rejects.toMatchObject(other(/1001 keys/));
      const large = new Uint8Array(keyValueLimits.value);
      await expect(
        operations.setMany(
          store,
          ["a", "b", "c", "d", "e"].map((key) => [key, large]),
        ),
      ).rejects.toMatchObject(other(/bytes/));
    });

    test("keeps a copy: what a caller changes afterwards changes nothing", async () => {
      const { operations, store } = await open();
      const value = bytes(1, 2, 3);
      await operations.set(store, "a", value);
      value.fill(9);
      const read = await operations.get(store, "a");
      read?.fill(9);
      expect(await operations.get(store, "a")).toEqual(bytes(1, 2, 3));
    });
  });
}
