import { randomBytes } from "node:crypto";
import { createChunkWriter, encodeParts, streamName } from "@holdfast/object-layout";
import { metrics } from "@holdfast/runtime";
import { Objm } from "@nats-io/obj";
import type { NatsConnection } from "@nats-io/nats-core";
import { describe, expect, test } from "vitest";
import { type Api, codeOf, etagOf, get, put, read, serveLiveUploads, startBench } from "./support.ts";

async function writeRun(nc: NatsConnection, id: string, size: number) {
  const bytes = randomBytes(size);
  const writer = createChunkWriter(nc, { bucket: "b", id, chunkSize: 1000 });
  await writer.write(bytes);
  return { bytes, run: await writer.finish() };
}

/** An object completed from parts; `manifest` puts the list of parts into chunks. */
async function complete(api: Api, nc: NatsConnection, key: string, uploadId: string, manifest: boolean) {
  const written = [await writeRun(nc, `${uploadId}.1.a`, 2500), await writeRun(nc, `${uploadId}.2.b`, 1200)];
  const parts = written.map(({ bytes, run }, i) => ({ partNumber: i + 1, etag: etagOf(bytes), run, checksum: "AA==" }));
  const list = createChunkWriter(nc, { bucket: "b", id: `${uploadId}.manifest` });
  if (manifest) await list.write(Buffer.from(encodeParts(parts)));
  const data = manifest
    ? { kind: "manifest" as const, uploadId, partCount: 2, manifest: await list.finish() }
    : { kind: "parts" as const, uploadId, parts };
  const attributes = { userMetadata: { a: "b" } };
  await api.CommitObject({ bucket: "b", key, attributes, etag: `${"0".repeat(32)}-2`, size: 3700, data });
  return Buffer.concat(written.map(({ bytes }) => bytes));
}

const eager = { HOLDFAST_SWEEP_MIN_AGE: "0", HOLDFAST_PURGE_GRACE: "0" };
const uploadA = "upload-a-0123456789";
const uploadB = "upload-b-0123456789";

describe("Sweep", () => {
  test("purges what nothing names, and nothing else", async () => {
    await using bench = await startBench(eager);
    const { api } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    await using _ = asDisposable(await serveLiveUploads(bench.nc, () => [uploadA]));
    await put(api, "small", "x");
    const whole = await complete(api, bench.nc, "parts", uploadB, true);
    await writeRun(bench.nc, `${uploadB}.7.unchosen`, 300);
    await writeRun(bench.nc, `${uploadA}.1.live`, 1500);
    await writeRun(bench.nc, "upload-c-0123456789.1.dead", 100);
    await writeRun(bench.nc, "orphan", 2500);
    expect(await api.Sweep({ bucket: "b", purge: false })).toEqual({ orphanBytes: 2900, purgedBytes: 0 });
    expect(await api.Sweep({ bucket: "b" })).toEqual({ orphanBytes: 2900, purgedBytes: 2900 });
    expect(await api.Sweep({ bucket: "b" })).toEqual({ orphanBytes: 0, purgedBytes: 0 });
    expect(await get(api, "small")).toBe("x");
    expect((await read(api, "parts")).equals(whole)).toBe(true);
  });

  test("leaves alone what looks like a part while multipart does not answer", async () => {
    await using bench = await startBench(eager);
    const { api } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    await writeRun(bench.nc, `${uploadA}.1.x`, 1500);
    await writeRun(bench.nc, "orphan", 100);
    expect(await api.Sweep({ bucket: "b" })).toEqual({ orphanBytes: 100, purgedBytes: 100 });
  });

  test("leaves alone what is younger than the minimum age", async () => {
    await using bench = await startBench({ ...eager, HOLDFAST_SWEEP_MIN_AGE: "1h" });
    const { api } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    await writeRun(bench.nc, "young", 100);
    expect(await api.Sweep({ bucket: "b" })).toEqual({ orphanBytes: 0, purgedBytes: 0 });
  });

  test("gives the chunks of a replaced object the grace period, on every instance", async () => {
    await using bench = await startBench({ ...eager, HOLDFAST_PURGE_GRACE: "5m" });
    const { api } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(api, "k", "old");
    await put(api, "k", "new");
    const other = await bench.start();
    expect(await other.api.Sweep({ bucket: "b" })).toEqual({ orphanBytes: 3, purgedBytes: 0 });
  });

  test("of all buckets comes back to what was too young, although nothing was written since", async () => {
    await using bench = await startBench({ ...eager, HOLDFAST_SWEEP_MIN_AGE: "300ms" });
    const { api, instance } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    await writeRun(bench.nc, "young", 100);
    await instance.parts.sweeper.sweepAll();
    await expect
      .poll(async () => {
        await instance.parts.sweeper.sweepAll();
        const info = (await bench.nc.request(`$JS.API.STREAM.INFO.${streamName("b")}`)).json();
        return (info as { state: { messages: number } }).state.messages;
      })
      .toBe(0);
  });

  test("of all buckets says how much is left in each, and nothing any more of one that is gone", async () => {
    await using bench = await startBench({ ...eager, HOLDFAST_SWEEP_MIN_AGE: "1h" });
    const { api, instance } = await bench.start();
    const figure = 'holdfast_orphan_bytes{bucket="soon-gone"}';
    await api.CreateBucket({ bucket: "soon-gone", owner: "ann" });
    await put(api, "k", "x", {}, "soon-gone");
    await instance.parts.sweeper.sweepAll();
    expect(await metrics.text()).toContain(`${figure} 0`);
    await api.DeleteObject({ bucket: "soon-gone", key: "k" });
    await api.DeleteBucket({ bucket: "soon-gone" });
    await instance.parts.sweeper.sweepAll();
    expect(await metrics.text()).not.toContain(figure);
  });

  test("of all buckets removes tombstones that are old enough", async () => {
    await using bench = await startBench({ ...eager, HOLDFAST_TOMBSTONE_AGE: "0" });
    const { api, instance } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    await put(api, "k", "x");
    await api.DeleteObject({ bucket: "b", key: "k" });
    await instance.parts.sweeper.sweepAll();
    const info = (await bench.nc.request(`$JS.API.STREAM.INFO.${streamName("b")}`)).json();
    expect(info).toMatchObject({ state: { messages: 0 } });
    await put(api, "k", "again", { ifNoneMatch: "*" });
    expect(await get(api, "k")).toBe("again");
  });
});

describe("CompactObject", () => {
  test.for([true, false])("lets a plain client read an object of parts (manifest: %s)", async (manifest) => {
    await using bench = await startBench(eager);
    const { api } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    const bytes = await complete(api, bench.nc, "k", uploadA, manifest);
    const before = (await api.ResolveObject({ bucket: "b", key: "k" })).object;
    const store = await new Objm(bench.nc).open("b");
    await expect(store.getBlob("k")).rejects.toThrow(/digest/);
    expect(await api.CompactObject({ bucket: "b", key: "k" })).toEqual({ compacted: true, size: 3700 });
    expect(Buffer.from((await store.getBlob("k")) ?? []).equals(bytes)).toBe(true);
    const { object } = await api.ResolveObject({ bucket: "b", key: "k" });
    const { etag, lastModified, compactedParts, userMetadata, data } = object;
    expect({ etag, lastModified, userMetadata }).toEqual({
      etag: before.etag,
      lastModified: before.lastModified,
      userMetadata: { a: "b" },
    });
    expect(compactedParts).toEqual([
      { partNumber: 1, size: 2500, checksum: "AA==" },
      { partNumber: 2, size: 1200, checksum: "AA==" },
    ]);
    expect(data.kind).toBe("run");
    expect(await api.CompactObject({ bucket: "b", key: "k" })).toEqual({ compacted: false, size: 3700 });
  });

  test("loses against an overwrite", async () => {
    await using bench = await startBench(eager);
    const { api } = await bench.start();
    await api.CreateBucket({ bucket: "b", owner: "ann" });
    await complete(api, bench.nc, "k", uploadA, false);
    const [code] = await Promise.all([codeOf(api.CompactObject({ bucket: "b", key: "k" })), put(api, "k", "new")]);
    expect(code).toBe("none");
    expect(await get(api, "k")).toBe("new");
  });
});

function asDisposable(served: { drain(): Promise<void> }): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => served.drain() };
}
