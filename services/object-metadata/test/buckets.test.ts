import { bucketChangedSubject } from "@holdfast/contracts";
import { apiRequest } from "@holdfast/jetstream";
import { frozenSubjects, streamName } from "@holdfast/object-layout";
import { describe, expect, test } from "vitest";
import { codeOf, get, listAll, put, startBench } from "./support.ts";

async function configOf(nc: Parameters<typeof apiRequest>[0], bucket: string): Promise<Record<string, unknown>> {
  const info = await apiRequest(nc, `STREAM.INFO.${streamName(bucket)}`);
  return (info as { config: Record<string, unknown> }).config;
}

describe("CreateBucket", () => {
  test("is won by one of 8 racing owners; the others are told whose it is", async () => {
    await using bench = await startBench();
    const [a, b] = [await bench.start(), await bench.start()];
    const codes = await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        codeOf((i % 2 === 0 ? a : b).api.CreateBucket({ bucket: "b", owner: `user${i}` })),
      ),
    );
    expect(codes.toSorted()).toEqual([...Array.from({ length: 7 }, () => "BucketAlreadyExists"), "none"]);
    const owner = `user${codes.indexOf("none")}`;
    expect(await codeOf(a.api.CreateBucket({ bucket: "b", owner }))).toBe("BucketAlreadyOwnedByYou");
    expect(await b.api.DescribeBucket({ bucket: "b" })).toMatchObject({ name: "b", owner });
  });

  test("keeps what was asked for, and the defaults of the configuration", async () => {
    await using bench = await startBench({ HOLDFAST_BUCKET_COMPRESSION: "true", HOLDFAST_BUCKET_MAX_BYTES: "1000000" });
    await bench.api.CreateBucket({ bucket: "b", owner: "ann", location: "eu", storage: { maxAgeSeconds: 60 } });
    expect(await bench.api.DescribeBucket({ bucket: "b" })).toMatchObject({
      location: "eu",
      storage: { replicas: 1, storage: "file", compression: true, maxAgeSeconds: 60, maxBytes: 1_000_000 },
    });
  });

  test("refuses more replicas than there are servers as InvalidArgument", async () => {
    await using bench = await startBench();
    expect(await codeOf(bench.api.CreateBucket({ bucket: "b", owner: "ann", storage: { replicas: 3 } }))).toBe(
      "InvalidArgument",
    );
  });

  test("of a.b does not give a_b", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "a.b", owner: "ann" });
    expect(await codeOf(bench.api.DescribeBucket({ bucket: "a_b" }))).toBe("NoSuchBucket");
    expect(await codeOf(bench.api.CreateBucket({ bucket: "a_b", owner: "ann" }))).toBe("BucketAlreadyExists");
  });
});

describe("ListBuckets", () => {
  test("pages in order by owner and prefix, over more streams than one answer holds", async () => {
    await using bench = await startBench();
    const names = Array.from({ length: 300 }, (_, i) => `b${String(i).padStart(3, "0")}`);
    await Promise.all(
      names.map((bucket, i) =>
        bench.api.CreateBucket({ bucket, owner: i % 2 === 0 ? "ann" : "bob", storage: { storage: "memory" } }),
      ),
    );
    const all = await bench.api.ListBuckets({});
    expect(all.buckets.map((bucket) => bucket.name)).toEqual(names);
    const page = await bench.api.ListBuckets({ owner: "ann", prefix: "b1", startAfter: "b150", maxBuckets: 2 });
    expect(page).toMatchObject({ buckets: [{ name: "b152" }, { name: "b154" }], isTruncated: true });
  });
});

describe("DeleteBucket", () => {
  test("refuses a bucket with objects, which stays usable", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(bench.api, "k", "x");
    expect(await codeOf(bench.api.DeleteBucket({ bucket: "b" }))).toBe("BucketNotEmpty");
    await put(bench.api, "k", "y");
    expect(await get(bench.api, "k")).toBe("y");
    await bench.api.DeleteObject({ bucket: "b", key: "k" });
    await bench.api.DeleteBucket({ bucket: "b" });
    expect(await codeOf(bench.api.DescribeBucket({ bucket: "b" }))).toBe("NoSuchBucket");
    expect(await codeOf(bench.api.DeleteBucket({ bucket: "b" }))).toBe("NoSuchBucket");
    expect(await codeOf(listAll(bench.api))).toBe("NoSuchBucket");
  });

  test("is announced, so that other instances forget the bucket at once", async () => {
    await using bench = await startBench();
    const [a, b] = [await bench.start(), await bench.start()];
    const heard: string[] = [];
    bench.nc.subscribe(bucketChangedSubject, { callback: (_, message) => void heard.push(message.string()) });
    await bench.nc.flush();
    await a.api.CreateBucket({ bucket: "b", owner: "ann" });
    await b.api.DescribeBucket({ bucket: "b" });
    await a.api.DeleteBucket({ bucket: "b" });
    await Promise.all([a.nc.flush(), b.nc.flush(), bench.nc.flush()]);
    expect(await codeOf(b.api.DescribeBucket({ bucket: "b" }))).toBe("NoSuchBucket");
    expect(new Set(heard)).toEqual(new Set(['{"bucket":"b"}']));
  });

  test("cut short by a crash is undone by whoever finds the bucket frozen a minute later, not before", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(bench.api, "k", "x");
    const config = await configOf(bench.nc, "b");
    const freeze = (since: number) =>
      apiRequest(bench.nc, `STREAM.UPDATE.${streamName("b")}`, {
        ...config,
        subjects: frozenSubjects("b"),
        metadata: { ...(config["metadata"] as object), "holdfast.frozen": `${since} somebody` },
      });
    await freeze(Date.now());
    const { api } = await bench.start();
    expect(await codeOf(put(api, "k", "y"))).toBe("SlowDown");
    expect(await codeOf(api.DeleteBucket({ bucket: "b" }))).toBe("OperationAborted");
    await freeze(Date.now() - 61_000);
    await put(api, "k", "z");
    expect(await get(api, "k")).toBe("z");
    expect(await configOf(bench.nc, "b")).toMatchObject({ subjects: config["subjects"] });
  });
});
