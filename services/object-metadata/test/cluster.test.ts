import { startNatsCluster } from "@holdfast/testkit";
import { describe, expect, test } from "vitest";
import { type Bench, codeOf, get, listAll, put, startBench } from "./support.ts";

/** Three instances, each on another server of a cluster; buckets have three replicas. */
async function startCluster(): Promise<Bench> {
  const cluster = await startNatsCluster();
  const [nats] = cluster.servers;
  if (nats === undefined) throw new Error("no servers");
  return startBench(
    { HOLDFAST_BUCKET_REPLICAS: "3" },
    {
      nats,
      connect: (instance) => (cluster.servers[instance % 3] ?? nats).connect(),
      stop: () => cluster.stop(),
    },
  );
}

describe("with three replicas", () => {
  test("reads and listings on any server show every acknowledged write, and one of racing creators wins", async () => {
    await using bench = await startCluster();
    const apis = [await bench.start(), await bench.start(), await bench.start()].map((instance) => instance.api);
    const at = (i: number) => apis[i % 3] ?? bench.api;
    await at(0).CreateBucket({ bucket: "b", owner: "ann" });
    for (let i = 0; i < 40; i++) {
      await Promise.all([put(at(i), `k${i}`, "x"), put(at(i), "over", `v${i}`)]);
      expect(await get(at(i + 1), "over")).toBe(`v${i}`);
      const { objects } = await at(i + 2).ListObjects({ bucket: "b", prefix: `k${i}` });
      expect(objects.map((object) => object.key)).toEqual([`k${i}`]);
      await at(i + 1).DeleteObject({ bucket: "b", key: `k${i}` });
      expect(await codeOf(get(at(i + 2), `k${i}`))).toBe("NoSuchKey");
      const codes = await Promise.all(
        [0, 1, 2, 3, 4, 5].map((w) => codeOf(put(at(w), `once${i}`, "x", { ifNoneMatch: "*" }))),
      );
      expect(codes.filter((code) => code === "none")).toHaveLength(1);
    }
  });

  test("deleting a bucket loses no acknowledged object", async () => {
    await using bench = await startCluster();
    const apis = [await bench.start(), await bench.start(), await bench.start()].map((instance) => instance.api);
    const at = (i: number) => apis[i % 3] ?? bench.api;
    for (let round = 0; round < 5; round++) {
      await at(round).CreateBucket({ bucket: "b", owner: "ann" });
      const puts = Array.from({ length: 6 }, async (_, i) => {
        await new Promise((resolve) => setTimeout(resolve, i * 2));
        return codeOf(put(at(i), `k${i}`, "x"));
      });
      const [outcome, ...codes] = await Promise.all([codeOf(at(round + 1).DeleteBucket({ bucket: "b" })), ...puts]);
      const acknowledged = codes.flatMap((code, i) => (code === "none" ? [`k${i}`] : []));
      const left = outcome === "none" ? [] : (await listAll(at(round + 2))).keys;
      expect(acknowledged.filter((key) => !left.includes(key))).toEqual([]);
      if (outcome === "none") continue;
      await at(0).DeleteObjects({ bucket: "b", objects: left.map((key) => ({ key })) });
      await expect.poll(() => codeOf(at(0).DeleteBucket({ bucket: "b" }))).toBe("none");
    }
  });
});
