/** The sweep where the index is wrong: what a record in the stream names is never purged. */
import { Objm } from "@nats-io/obj";
import { jetstreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { codeOf, get, listAll, put, startBench } from "./support.ts";

const eager = { HOLDFAST_SWEEP_MIN_AGE: "0", HOLDFAST_PURGE_GRACE: "0" };

test("an object that a plain client renamed keeps its bytes", async () => {
  await using bench = await startBench(eager);
  const { api } = await bench.start();
  await api.CreateBucket({ bucket: "b", owner: "ann" });
  await put(api, "old", "precious");
  expect((await listAll(api)).keys).toEqual(["old"]);
  const store = await new Objm(bench.nc).open("b");
  await store.update("old", { name: "new" });
  expect((await listAll(api)).keys).toContain("new");
  expect(await codeOf(get(api, "old"))).toBe("NoSuchKey");
  expect(await api.Sweep({ bucket: "b" })).toEqual({ orphanBytes: 0, purgedBytes: 0 });
  expect(await get(api, "new")).toBe("precious");
});

test("what was written after the stream lost its end keeps its bytes, and is listed from then on", async () => {
  await using bench = await startBench(eager);
  const { api } = await bench.start({ HOLDFAST_DATA_DIR: `${bench.dataDir}/one` });
  const { api: other } = await bench.start({ HOLDFAST_DATA_DIR: `${bench.dataDir}/two` });
  await api.CreateBucket({ bucket: "b", owner: "ann" });
  for (let i = 0; i < 10; i++) await put(api, `lost-${i}`, "x");
  expect((await listAll(other)).keys).toHaveLength(10);

  // as after a power failure or from a backup: the same stream, whose next messages bear sequences that were given before
  const manager = await jetstreamManager(bench.nc);
  const { config } = await manager.streams.info("OBJ_b");
  await manager.streams.delete("OBJ_b");
  await manager.streams.add(config);
  const kept = Array.from({ length: 15 }, (_, i) => `kept-${i + 10}`);
  for (const key of kept) await put(api, key, `bytes of ${key}`);

  expect((await listAll(other)).keys).not.toEqual(kept);
  expect(await other.Sweep({ bucket: "b" })).toMatchObject({ purgedBytes: 0 });
  for (const key of kept) expect(await get(api, key)).toBe(`bytes of ${key}`);
  expect((await listAll(other)).keys).toEqual(kept);
});
