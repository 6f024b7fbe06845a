import { describe, expect, test } from "vitest";
import { codeOf, etagOf, bytesOf, get, listAll, put, startBench } from "./support.ts";

describe("racing writes", () => {
  test("of 8 If-None-Match: * over two instances exactly one wins, 20 times", async () => {
    await using bench = await startBench();
    const [a, b] = [await bench.start(), await bench.start()];
    await a.api.CreateBucket({ bucket: "b", owner: "ann" });
    for (let round = 0; round < 20; round++) {
      const writes = Array.from({ length: 8 }, (_, i) =>
        codeOf(put((i % 2 === 0 ? a : b).api, `k${round}`, `writer ${i}`, { ifNoneMatch: "*" })),
      );
      const codes = await Promise.all(writes);
      const winner = codes.indexOf("none");
      expect(codes.toSorted()).toEqual([...Array.from({ length: 7 }, () => "PreconditionFailed"), "none"]);
      expect(await get(b.api, `k${round}`)).toBe(`writer ${winner}`);
    }
  });

  test("with If-Match each build on the one before: no update is lost", async () => {
    await using bench = await startBench();
    const instances = [await bench.start(), await bench.start()];
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(bench.api, "counter", "0");
    const increment = async (i: number) => {
      const { api } = instances[i % 2] ?? bench;
      for (;;) {
        const value = await get(api, "counter");
        const code = await codeOf(put(api, "counter", String(Number(value) + 1), { ifMatch: etagOf(bytesOf(value)) }));
        if (code === "none") return;
        expect(code).toBe("PreconditionFailed");
      }
    };
    await Promise.all(Array.from({ length: 12 }, (_, i) => increment(i)));
    expect(await get(bench.api, "counter")).toBe("12");
  });

  test("of one key without conditions all succeed, and the last one stays", async () => {
    await using bench = await startBench();
    const instances = [await bench.start(), await bench.start()];
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    const written = await Promise.all(
      Array.from({ length: 24 }, async (_, i) => ({
        content: `v${i}`,
        ...(await put((instances[i % 2] ?? bench).api, "k", `v${i}`)),
      })),
    );
    const last = written.toSorted((x, y) => y.sequence - x.sequence)[0];
    expect(await get(bench.api, "k")).toBe(last?.content);
  });

  test("under readers are never torn", async () => {
    await using bench = await startBench();
    const writer = await bench.start();
    const reader = await bench.start();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    const content = (i: number) => `${i}:`.padEnd(2000, String(i % 10));
    await put(writer.api, "k", content(0));
    const written = new AbortController();
    const read = async () => {
      while (!written.signal.aborted) {
        const text = await get(reader.api, "k");
        expect(text).toBe(content(Number.parseInt(text, 10)));
      }
    };
    const readers = Promise.all(Array.from({ length: 4 }, read));
    for (let i = 1; i <= 100; i++) await put(writer.api, "k", content(i));
    written.abort();
    await readers;
  });

  test("and tagging leave a readable object, and tagging never brings a deleted one back", async () => {
    await using bench = await startBench();
    const [a, b] = [await bench.start(), await bench.start()];
    await a.api.CreateBucket({ bucket: "b", owner: "ann" });
    for (let i = 0; i < 30; i++) {
      await put(a.api, "k", `v${i}`);
      const tags = [{ key: "round", value: String(i) }];
      await Promise.all([
        put(a.api, "k", `w${i}`),
        b.api.PutObjectTagging({ bucket: "b", key: "k", tags }),
        b.api.PutObjectTagging({ bucket: "b", key: "k", tags }),
      ]);
      expect(await get(b.api, "k")).toBe(`w${i}`);
      const [, tagged] = await Promise.all([
        a.api.DeleteObject({ bucket: "b", key: "k" }),
        codeOf(b.api.PutObjectTagging({ bucket: "b", key: "k", tags })),
      ]);
      expect(["none", "NoSuchKey"]).toContain(tagged);
      expect(await codeOf(get(b.api, "k"))).toBe("NoSuchKey");
    }
  });
});

describe("deleting a bucket", () => {
  test("while objects are put never loses an acknowledged one", async () => {
    await using bench = await startBench();
    const [a, b] = [await bench.start(), await bench.start()];
    for (let round = 0; round < 15; round++) {
      await a.api.CreateBucket({ bucket: "b", owner: "ann" });
      const puts = Array.from({ length: 6 }, async (_, i) => {
        await new Promise((resolve) => setTimeout(resolve, i));
        return codeOf(put(a.api, `k${i}`, "x"));
      });
      const [outcome, ...codes] = await Promise.all([codeOf(b.api.DeleteBucket({ bucket: "b" })), ...puts]);
      const acknowledged = codes.flatMap((code, i) => (code === "none" ? [`k${i}`] : []));
      const isGone = outcome === "none";
      expect([outcome, new Set(codes)]).toEqual(
        isGone ? ["none", new Set(["NoSuchBucket"])] : ["BucketNotEmpty", new Set(["none"])],
      );
      if (isGone) continue;
      const left = await listAll(a.api);
      await a.api.DeleteObjects({ bucket: "b", objects: acknowledged.map((key) => ({ key })) });
      await a.api.DeleteBucket({ bucket: "b" });
      expect(left.keys).toEqual(acknowledged);
    }
  });
});
