import { apiRequest, publishAcked } from "@holdfast/jetstream";
import { encodeRecord, recordSubject, streamName } from "@holdfast/object-layout";
import type { NatsConnection } from "@nats-io/nats-core";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { listAll, put, random, startBench } from "./support.ts";

const pieces = ["a", "b", "/", "//", "é", "😀", "\uff5e", "\u0001", " ", "*", ">", ".", "-", "zz"];

function randomKeys(seed: number, count: number): string[] {
  const next = random(seed);
  const keys = new Set<string>();
  while (keys.size < count) {
    const length = 1 + Math.floor(next() * 5);
    keys.add(Array.from({ length }, () => pieces[Math.floor(next() * pieces.length)]).join(""));
  }
  return [...keys];
}

const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What S3 says, without an index. */
function model(keys: readonly string[], prefix: string, delimiter: string) {
  const listed: string[] = [];
  const prefixes = new Set<string>();
  for (const key of keys.toSorted(byBytes)) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
    if (at === -1) listed.push(key);
    else prefixes.add(key.slice(0, at + delimiter.length));
  }
  return { keys: listed, commonPrefixes: [...prefixes] };
}

describe("ListObjects", () => {
  test("answers as the model does for random keys, prefixes, delimiters and page sizes", async () => {
    await using bench = await startBench();
    const { api } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    const keys = randomKeys(7, 400);
    await Promise.all(keys.map((key) => put(api, key, "x")));
    const removed = keys.slice(0, 50);
    await api.DeleteObjects({ bucket: "b", objects: removed.map((key) => ({ key })) });
    const left = keys.slice(50);
    for (const prefix of ["", "a", "é", "/", "😀", "no such"]) {
      for (const delimiter of ["", "/", "//", "a", "zz"]) {
        for (const maxKeys of [1, 7, 1000]) {
          const found = await listAll(api, { prefix, delimiter, maxKeys });
          expect(found).toEqual(model(left, prefix, delimiter));
        }
      }
    }
  });

  test("shows on one instance what another has just written, 200 times", async () => {
    await using bench = await startBench();
    const [a, b] = [await bench.start(), await bench.start()];
    await a.api.CreateBucket({ bucket: "b", owner: "ann" });
    for (let i = 0; i < 200; i++) {
      const key = `k${String(i).padStart(3, "0")}`;
      await put(a.api, key, "x");
      const page = await b.api.ListObjects({ bucket: "b", prefix: key });
      expect(page.objects.map((object) => object.key)).toEqual([key]);
      await b.api.DeleteObject({ bucket: "b", key });
      expect((await a.api.ListObjects({ bucket: "b", prefix: key })).objects).toEqual([]);
    }
  });

  test("resumes from its checkpoint after a restart, and sees what happened meanwhile", async () => {
    await using bench = await startBench();
    const first = await bench.start();
    await first.api.CreateBucket({ bucket: "b", owner: "ann" });
    for (const key of ["a", "b", "c"]) await put(first.api, key, "x");
    await listAll(first.api);
    await first.instance.drain();
    await put(bench.api, "d", "x");
    await bench.api.DeleteObject({ bucket: "b", key: "a" });
    const second = await bench.start();
    expect(
      second.instance.parts.indexes.bucket((await second.api.DescribeBucket({ bucket: "b" })).id).checkpoint,
    ).toBeGreaterThan(0);
    expect((await listAll(second.api)).keys).toEqual(["b", "c", "d"]);
  });

  test("is rebuilt from the stream when the index is lost", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    for (let i = 0; i < 50; i++) await put(bench.api, `k${i}`, "x");
    await bench.api.DeleteObject({ bucket: "b", key: "k7" });
    const fresh = await bench.start({ HOLDFAST_DATA_DIR: `${bench.dataDir}/other` });
    expect((await listAll(fresh.api)).keys).toHaveLength(49);
  });

  test("is rebuilt when the index could not be opened the last time", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(bench.api, "k", "x");
    const dataDir = `${bench.dataDir}/damaged`;
    await mkdir(`${dataDir}/object-metadata/slot-0`, { recursive: true });
    await writeFile(`${dataDir}/object-metadata/slot-0/index-2.lmdb`, "no LMDB at all".repeat(10_000));
    // LMDB crashes on this file: what that attempt leaves behind
    await writeFile(`${dataDir}/object-metadata/slot-0/opening`, "");
    const { api } = await bench.start({ HOLDFAST_DATA_DIR: dataDir });
    expect((await listAll(api)).keys).toEqual(["k"]);
  });

  test("never shows the keys of an earlier bucket of the same name", async () => {
    await using bench = await startBench();
    const [a, b] = [await bench.start(), await bench.start()];
    await a.api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(a.api, "old", "x");
    expect((await listAll(b.api)).keys).toEqual(["old"]);
    // behind everybody's back, so that no announcement helps
    await apiRequest(bench.nc, `STREAM.DELETE.${streamName("b")}`);
    const third = await bench.start();
    await third.api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(third.api, "new", "x");
    await put(third.api, "newer", "x");
    expect((await listAll(b.api)).keys).toEqual(["new", "newer"]);
    expect((await listAll(a.api)).keys).toEqual(["new", "newer"]);
  });

  test("skips a record that nobody can read, and lists the rest", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(bench.api, "a", "x");
    await publishAcked(bench.nc, recordSubject("b", "bad"), "{nonsense");
    await put(bench.api, "c", "x");
    expect((await listAll(bench.api)).keys).toEqual(["a", "c"]);
    await put(bench.api, "bad", "good now");
    expect((await listAll(bench.api)).keys).toEqual(["a", "bad", "c"]);
  });

  test("looks at a page of 20,000 keys, not at all of them", async () => {
    await using bench = await startBench();
    const { api, instance } = await bench.start();
    const { id } = await api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(api, "first", "x");
    await listAll(api);
    const index = instance.parts.indexes.bucket(id);
    const entry = index.get("first");
    if (entry === undefined) throw new Error("not indexed");
    const many = Array.from({ length: 20_000 }, (_, i) => ({
      kind: "object" as const,
      key: `dir${i % 4}/${i}`,
      entry: { ...entry, sequence: 1, nuid: `n${i}` },
    }));
    index.apply(many);
    await index.settled();
    let seen = 0;
    const from = index.from.bind(index);
    Object.assign(index, {
      *from(start: Buffer) {
        for (const found of from(start)) {
          seen++;
          yield found;
        }
      },
    });
    const page = await api.ListObjects({ bucket: "b", delimiter: "/" });
    expect(page.commonPrefixes).toEqual(["dir0/", "dir1/", "dir2/", "dir3/"]);
    expect(seen).toBeLessThan(12);
    seen = 0;
    expect((await api.ListObjects({ bucket: "b", startAfter: "dir2/", maxKeys: 100 })).objects).toHaveLength(100);
    expect(seen).toBeLessThan(110);
  });

  test("of sixteen large buckets at once, none of them indexed, does not overwhelm the connection", async () => {
    await using bench = await startBench();
    const names = Array.from({ length: 16 }, (_, i) => `large-${i}`);
    await using nc = await bench.nats.connect();
    for (const bucket of names) {
      await bench.api.CreateBucket({ bucket, owner: "ann" });
      await fillWithRecords(nc, bucket, { count: 1_100, bytes: 7_000 });
    }
    const fresh = await bench.start({ HOLDFAST_DATA_DIR: `${bench.dataDir}/fresh` });
    const pages = await Promise.all(names.map((bucket) => fresh.api.ListObjects({ bucket, startAfter: "k1" })));
    expect(pages.map(({ objects }) => objects.length)).toEqual(names.map(() => 1_000));
    const log = await readFile(join(bench.nats.storeDir, "nats-server.log"), "utf8");
    expect(log).not.toContain("Slow Consumer");
  }, 120_000);
});

/** Records of so many bytes, past any index; resolves when the stream has them. */
async function fillWithRecords(nc: NatsConnection, bucket: string, { count, bytes }: { count: number; bytes: number }) {
  const object = {
    etag: "0".repeat(32),
    size: 0,
    lastModified: 1,
    headers: {},
    userMetadata: { pad: "x".repeat(bytes) },
    tags: [],
    storageClass: "STANDARD",
  };
  const write = (i: number) => {
    const key = `k${1_000 + i}`;
    const data = { kind: "run" as const, run: { id: `run${i}`, size: 0, chunks: 0, chunkSize: 1 } };
    return publishAcked(nc, recordSubject(bucket, key), encodeRecord(bucket, { ...object, key, data }));
  };
  await Promise.all(Array.from({ length: count }, (_, i) => write(i)));
}
