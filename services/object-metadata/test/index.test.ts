/** The listing index by itself, over a folder of its own. */
import { temporaryFolder } from "@holdfast/testkit";
import { describe, expect, test } from "vitest";
import { type BucketIndex, type IndexChange, openIndex } from "../src/adapters/lmdb-index.ts";

const etag = "0123456789abcdef0123456789abcdef";

function object(key: string, sequence: number): IndexChange {
  const entry = {
    sequence,
    etag,
    size: 1,
    lastModified: 5,
    storageClass: "STANDARD",
    checksum: undefined,
    nuid: `n${sequence}`,
    isParts: false,
  };
  return { kind: "object", key, entry };
}
const deleted = (key: string, sequence: number): IndexChange => ({ kind: "deleted", key, sequence, timeMs: 1 });
const gone = (key: string, sequence: number): IndexChange => ({ kind: "gone", key, sequence });
const listed = (index: BucketIndex) =>
  [...index.from(Buffer.alloc(0))].map(({ key, value }) => `${key}@${value.sequence}`);

describe("the index", () => {
  test("tells at once what waits to be written, and lists it once it has settled", async () => {
    await using folder = await temporaryFolder("index-");
    const store = openIndex(folder.path);
    const index = store.bucket("b");
    index.apply([object("k", 1), object("l", 2)], { sequence: 2, at: 7 });
    expect(index.get("k")).toMatchObject({ sequence: 1, etag, nuid: "n1" });
    expect(listed(index)).toEqual([]);
    await index.settled();
    expect(listed(index)).toEqual(["k@1", "l@2"]);
    index.apply([deleted("k", 3)]);
    expect([index.get("k"), index.deletedAt("k")]).toEqual([undefined, 3]);
    await index.settled();
    expect([listed(index), index.deletedAt("k")]).toEqual([["l@2"], 3]);
    await store.close();
  });

  // each list is applied at once and then in two steps with a transaction between them
  test.for<[string, IndexChange[], string[]]>([
    ["an older record after a newer one", [object("k", 5), object("k", 3)], ["k@5"]],
    ["an older record after a deletion", [deleted("k", 5), object("k", 3)], []],
    ["a record that is gone", [object("k", 5), gone("k", 5)], []],
    ["an older one that is gone", [object("k", 5), gone("k", 4)], ["k@5"]],
    ["a record after a deletion", [deleted("k", 5), object("k", 6)], ["k@6"]],
  ])("ends right with %s", async ([, changes, expected]) => {
    await using folder = await temporaryFolder("index-");
    const store = openIndex(folder.path);
    const [together, apart] = [store.bucket("together"), store.bucket("apart")];
    together.apply(changes);
    for (const change of changes) {
      apart.apply([change]);
      await apart.settled();
    }
    await together.settled();
    expect([listed(together), listed(apart)]).toEqual([expected, expected]);
    await store.close();
  });

  test("keeps everything over an orderly end, with its checkpoint", async () => {
    await using folder = await temporaryFolder("index-");
    const store = openIndex(folder.path);
    store.bucket("b").apply([object("k", 9)], { sequence: 9, at: 7 });
    await store.close();
    const again = openIndex(folder.path);
    const index = again.bucket("b");
    expect([listed(index), index.checkpoint, index.checkpointAt]).toEqual([["k@9"], 9, 7]);
    await again.close();
  });

  test("writes by itself after a while, never a checkpoint without what it covers", async () => {
    await using folder = await temporaryFolder("index-");
    const store = openIndex(folder.path);
    const index = store.bucket("b");
    for (let i = 1; i <= 2_500; i++) index.apply([object(`k${i}`, i)], { sequence: i, at: 7 });
    await expect.poll(() => listed(index).length, { timeout: 5_000 }).toBe(2_500);
    await store.close();
  });

  test("of a bucket that is dropped or cleared begins with nothing, and leaves nothing behind", async () => {
    await using folder = await temporaryFolder("index-");
    const store = openIndex(folder.path);
    const [one, two] = [store.bucket("one"), store.bucket("two")];
    one.apply([object("k", 1), deleted("l", 2)], { sequence: 2, at: 7 });
    two.apply([object("k", 1)], { sequence: 1, at: 7 });
    await one.settled();
    store.drop("one");
    two.clear();
    two.apply([object("m", 3)]);
    await two.settled();
    expect([listed(store.bucket("one")), listed(two), two.checkpoint]).toEqual([[], ["m@3"], 0]);
    expect(store.bucket("one").tombstones(10)).toEqual([]);
    await store.close();
  });
});
