import { apiRequest } from "@holdfast/jetstream";
import { startNatsCluster, type TestNats, waitFor } from "@holdfast/testkit";
import { describe, expect, test } from "vitest";
import { type Bench, codeOf, get, listAll, put, startBench } from "./support.ts";

/** Three instances, each on another server of a cluster; buckets have three replicas. */
async function startCluster(): Promise<Bench & { servers: readonly TestNats[] }> {
  const cluster = await startNatsCluster();
  const [nats] = cluster.servers;
  if (nats === undefined) throw new Error("no servers");
  const bench = await startBench(
    { HOLDFAST_BUCKET_REPLICAS: "3" },
    {
      nats,
      connect: (instance) => (cluster.servers[instance % 3] ?? nats).connect(),
      stop: () => cluster.stop(),
    },
  );
  return Object.assign(bench, { servers: cluster.servers });
}

const leaderOf = (info: unknown) => Number(/"leader":"n(\d)"/.exec(JSON.stringify(info))?.[1]);

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

  test("small objects that were under way when the leader died go on with the next one; what is in doubt is whole or not there", async () => {
    await using bench = await startCluster();
    await bench.api.CreateBucket({ bucket: "b", owner: "ann" });
    const leader = leaderOf(await apiRequest(bench.nc, "STREAM.INFO.OBJ_b"));
    const places = [await bench.start(), await bench.start(), await bench.start()];
    // instances connect to one server after the other, and the first one was there already
    const other = places[(leader + 3) % 3];
    if (other === undefined) throw new Error("no instance");
    const { api, nc } = other;
    const codes = new Map<string, string>();
    const begun = new Set<string>();
    const over = new AbortController();
    const write = async (writer: number) => {
      for (let i = 0; !over.signal.aborted; i++) {
        const key = `${writer}-${i}`;
        begun.add(key);
        codes.set(key, await codeOf(put(api, key, key)));
      }
    };
    const writing = Promise.all(Array.from({ length: 8 }, (_, writer) => write(writer)));
    await waitFor(() => codes.size > 40, { timeoutMs: 30_000 });
    const server = bench.servers[leader];
    await server?.kill();
    const underWay = [...begun].filter((key) => !codes.has(key));
    expect(underWay.length).toBeGreaterThan(0);
    await waitFor(() => underWay.every((key) => codes.has(key)), { timeoutMs: 40_000 });
    over.abort();
    await writing;
    // the instance that was connected to it could not end without
    await server?.restart();
    // an election that takes longer than we wait ends as SlowDown
    expect(underWay.filter((key) => !["none", "SlowDown"].includes(codes.get(key) ?? ""))).toEqual([]);
    const { keys } = await listAll(api);
    const acknowledged = [...codes].flatMap(([key, code]) => (code === "none" ? [key] : []));
    expect(acknowledged.filter((key) => !keys.includes(key))).toEqual([]);
    expect(await Promise.all(keys.map((key) => get({ ...api, nc }, key)))).toEqual(keys);
  }, 120_000);

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
