import { Objm } from "@nats-io/obj";
import { streamName } from "@holdfast/object-layout";
import { waitFor } from "@holdfast/testkit";
import { describe, expect, test } from "vitest";
import { bytesOf, codeOf, etagOf, get, listAll, put, startBench } from "./support.ts";

describe("PutObject and ResolveObject", () => {
  test("give back bytes, ETag and headers, over the mesh", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    for (const content of ["", "x", "hello".repeat(1000)]) {
      const written = await put(bench.api, "a/ü 😀", content);
      expect(await get(bench.api, "a/ü 😀")).toBe(content);
      expect(await bench.api.ResolveObject({ bucket: "b", key: "a/ü 😀" })).toMatchObject({
        object: {
          etag: etagOf(bytesOf(content)),
          sequence: written.sequence,
          headers: { "content-type": "text/plain" },
        },
      });
    }
  });

  test("answer NoSuchKey and NoSuchBucket by name", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    expect(await codeOf(get(bench.api, "k"))).toBe("NoSuchKey");
    expect(await codeOf(put(bench.api, "k", "x", {}, "other"))).toBe("NoSuchBucket");
    expect(await codeOf(get(bench.api, "k", "other"))).toBe("NoSuchBucket");
  });
});

describe("an object whose bucket's age limit has passed", () => {
  test("is gone, also when tags given meanwhile made its record outlive its bytes", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann", storage: { maxAgeSeconds: 2 } });
    await put(bench.api, "k", "x");
    const tags = [{ key: "a", value: "1" }];
    await waitFor(
      async () => {
        // Each tagging starts the record's own age anew; the last one must find no object to tag.
        const tagged = await codeOf(bench.api.PutObjectTagging({ bucket: "b", key: "k", tags }));
        expect(["none", "NoSuchKey"]).toContain(tagged);
        return (await codeOf(get(bench.api, "k"))) === "NoSuchKey";
      },
      { timeoutMs: 15_000 },
    );
    expect((await listAll(bench.api)).keys).toEqual([]);
    // whose record is still there: it has nothing to tag, and does not stand in the way of a new object
    expect(await codeOf(bench.api.PutObjectTagging({ bucket: "b", key: "k", tags }))).toBe("NoSuchKey");
    expect(await codeOf(put(bench.api, "k", "y", { ifMatch: "*" }))).toBe("NoSuchKey");
    await put(bench.api, "k", "y", { ifNoneMatch: "*" });
    expect(await get(bench.api, "k")).toBe("y");
  });
});

describe("a plain Object Store client", () => {
  test("reads what PutObject wrote and writes what ResolveObject reads", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b.c", owner: "ann" });
    await put(bench.api, "ours", "from s3", {}, "b.c");
    await put(bench.api, "ours", "from s3 again", {}, "b.c");
    const store = await new Objm(bench.nc).open("b_c");
    expect(Buffer.from((await store.getBlob("ours")) ?? []).toString()).toBe("from s3 again");
    await store.putBlob({ name: "theirs" }, bytesOf("from nats"));
    expect(await get(bench.api, "theirs", "b.c")).toBe("from nats");
    expect((await listAll(bench.api, {}, "b.c")).keys).toEqual(["ours", "theirs"]);
    await store.delete("ours");
    expect((await listAll(bench.api, {}, "b.c")).keys).toEqual(["theirs"]);
  });

  test("can make a bucket, which nobody owns", async () => {
    await using bench = await startBench();
    const store = await new Objm(bench.nc).create("plain_one");
    await store.putBlob({ name: "k" }, bytesOf("v"));
    expect(await bench.api.ListBuckets({})).toMatchObject({ buckets: [{ name: "plain_one", owner: null }] });
    expect(await get(bench.api, "k", "plain_one")).toBe("v");
    expect(await codeOf(get(bench.api, "k", "plain.one"))).toBe("NoSuchBucket");
  });
});

describe("DeleteObject", () => {
  test("removes an object, and what does not exist without writing anything", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(bench.api, "k", "x");
    await bench.api.DeleteObject({ bucket: "b", key: "k" });
    expect(await codeOf(get(bench.api, "k"))).toBe("NoSuchKey");
    const before = await lastSequence(bench.nc);
    await bench.api.DeleteObject({ bucket: "b", key: "k" });
    await bench.api.DeleteObject({ bucket: "b", key: "never" });
    expect(await lastSequence(bench.nc)).toBe(before);
    await put(bench.api, "k", "y", { ifNoneMatch: "*" });
    expect(await get(bench.api, "k")).toBe("y");
  });

  test("sees a key that another instance wrote", async () => {
    await using bench = await startBench();
    const other = await bench.start();
    await other.api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(bench.api, "k", "x");
    const third = await bench.start();
    await third.api.DeleteObject({ bucket: "b", key: "k" });
    expect(await codeOf(get(other.api, "k"))).toBe("NoSuchKey");
  });

  test("with If-Match decides by the ETag", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    const { etag } = await put(bench.api, "k", "x");
    const remove = (ifMatch: string) => codeOf(bench.api.DeleteObject({ bucket: "b", key: "k", ifMatch }));
    expect(await remove("0".repeat(32))).toBe("PreconditionFailed");
    expect(await remove(etag)).toBe("none");
    expect(await remove(etag)).toBe("NoSuchKey");
  });
});

describe("DeleteObjects", () => {
  test("answers for each key in the order asked", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    await Promise.all(Array.from({ length: 100 }, (_, i) => put(bench.api, `k${i}`, "x")));
    const objects = Array.from({ length: 100 }, (_, i) => ({ key: `k${i}`, ...(i === 50 ? { ifMatch: "no" } : {}) }));
    const { results } = await bench.api.DeleteObjects({ bucket: "b", objects });
    expect(results.map((result) => result.key)).toEqual(objects.map((object) => object.key));
    expect(results.filter((result) => result.error !== undefined)).toMatchObject([
      { key: "k50", error: { code: "PreconditionFailed" } },
    ]);
    expect((await listAll(bench.api)).keys).toEqual(["k50"]);
  });
});

describe("PutObjectTagging", () => {
  test("replaces the tags and nothing else", async () => {
    await using bench = await startBench();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(bench.api, "k", "x");
    const before = (await bench.api.ResolveObject({ bucket: "b", key: "k" })).object;
    await bench.api.PutObjectTagging({ bucket: "b", key: "k", tags: [{ key: "a", value: "1" }] });
    const after = (await bench.api.ResolveObject({ bucket: "b", key: "k" })).object;
    expect(after).toEqual({ ...before, tags: [{ key: "a", value: "1" }], sequence: after.sequence });
    expect(await codeOf(bench.api.PutObjectTagging({ bucket: "b", key: "no", tags: [] }))).toBe("NoSuchKey");
  });
});

async function lastSequence(nc: { request(subject: string): Promise<{ json(): unknown }> }): Promise<number> {
  const info = (await nc.request(`$JS.API.STREAM.INFO.${streamName("b")}`)).json();
  return (info as { state: { last_seq: number } }).state.last_seq;
}
