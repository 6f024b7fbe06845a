import { randomBytes } from "node:crypto";
import { apiRequest, isStorageError } from "@holdfast/jetstream";
import { describe, expect, test } from "vitest";
import { createChunkWriter, readRun, streamName } from "../src/index.ts";
import { bucketConfig, collect, withBucket, writeRandom } from "./support.ts";

describe("ChunkWriter and readRun", () => {
  test("give back the bytes however the buffers fall on the chunks", async () => {
    await using bench = await withBucket();
    for (const pieces of [[1, 7], [1000], [999, 1], [1001], [3000, 17], [100_000]]) {
      const { bytes, run } = await writeRandom(bench.nc, 12_345, 1000, pieces);
      expect(run).toMatchObject({ size: 12_345, chunks: 13, chunkSize: 1000 });
      expect((await collect(readRun(bench.nc, { bucket: "b.x", run }))).equals(bytes)).toBe(true);
    }
  });

  test("read any range, with and without the table of sequences, at any window", async () => {
    await using bench = await withBucket();
    const { bytes, run } = await writeRandom(bench.nc, 10_007, 1000, [10_007]);
    const { sequences: _, ...plain } = run;
    for (const [start, end] of [
      [0, 1],
      [999, 1001],
      [1000, 2000],
      [10_006, 10_007],
      [3, 9_999],
    ] as const) {
      for (const windowBytes of [1, 2500, 1_000_000]) {
        for (const which of [run, plain]) {
          const read = await collect(readRun(bench.nc, { bucket: "b.x", run: which, start, end, windowBytes }));
          expect(read.equals(bytes.subarray(start, end))).toBe(true);
        }
      }
    }
  });

  test("store nothing for no bytes", async () => {
    await using bench = await withBucket();
    const { run } = await writeRandom(bench.nc, 0, 1000, [1]);
    expect(run).toMatchObject({ size: 0, chunks: 0, sequences: "" });
    expect(await collect(readRun(bench.nc, { bucket: "b.x", run }))).toHaveLength(0);
  });

  test("answer missing chunk for a gap, never fewer bytes", async () => {
    await using bench = await withBucket();
    const { run } = await writeRandom(bench.nc, 5000, 1000, [5000]);
    await apiRequest(bench.nc, `STREAM.MSG.DELETE.${streamName("b.x")}`, { seq: 3, no_erase: true });
    const { sequences: _, ...plain } = run;
    for (const which of [run, plain]) {
      for (const windowBytes of [1, 100_000]) {
        const read = collect(readRun(bench.nc, { bucket: "b.x", run: which, windowBytes }));
        await expect(read).rejects.toMatchObject({ code: "MissingChunk" });
      }
    }
  });

  test("ask for no more than the window while the consumer is slow, and stop when it leaves", async () => {
    await using bench = await withBucket();
    const { run } = await writeRandom(bench.nc, 100_000, 1000, [100_000]);
    let asked = 0;
    const watch = await bench.nats.connect();
    watch.subscribe("$JS.API.DIRECT.GET.>", { callback: () => void asked++ });
    await watch.flush();
    const read = readRun(bench.nc, { bucket: "b.x", run, windowBytes: 4000 });
    expect((await read.next()).value).toHaveLength(1000);
    await bench.nc.flush();
    await watch.flush();
    expect(asked).toBe(4);
    await read.return();
    await bench.nc.flush();
    await watch.flush();
    expect(asked).toBe(4);
  });

  test("end with Aborted when the signal fires", async () => {
    await using bench = await withBucket();
    const { run } = await writeRandom(bench.nc, 100_000, 1000, [100_000]);
    const abort = new AbortController();
    const read = readRun(bench.nc, { bucket: "b.x", run, windowBytes: 2000, signal: abort.signal });
    await read.next();
    abort.abort();
    await expect(collect(read)).rejects.toMatchObject({ code: "Aborted" });
  });
});

describe("ChunkWriter", () => {
  test("asks to wait when the window is full, takes what is written meanwhile, and keeps the order", async () => {
    await using bench = await withBucket();
    const writer = createChunkWriter(bench.nc, { bucket: "b.x", id: "w", chunkSize: 1000, windowBytes: 2000 });
    const bytes = randomBytes(6_500);
    expect(writer.write(bytes.subarray(0, 2_999))).toBeUndefined();
    const room = writer.write(bytes.subarray(2_999, 5_500));
    expect(room).toBeInstanceOf(Promise);
    void writer.write(bytes.subarray(5_500));
    await room;
    const run = await writer.finish();
    expect(run).toMatchObject({ size: 6_500, chunks: 7 });
    expect((await collect(readRun(bench.nc, { bucket: "b.x", run }))).equals(bytes)).toBe(true);
  });

  test("reports a full stream as QuotaExceeded and abort leaves nothing behind", async () => {
    await using bench = await withBucket({ max_bytes: 20_000 });
    const writer = createChunkWriter(bench.nc, { bucket: "b.x", id: "full", chunkSize: 1000, windowBytes: 3000 });
    const write = async () => {
      for (let i = 0; i < 100; i++) await writer.write(Buffer.alloc(1000, i));
      await writer.finish();
    };
    await expect(write()).rejects.toMatchObject({ code: "QuotaExceeded" });
    await writer.abort();
    const info = await apiRequest(bench.nc, `STREAM.INFO.${streamName("b.x")}`);
    expect(info).toMatchObject({ state: { messages: 0 } });
  });

  test("reports a stream that is not there as NoResponders", async () => {
    await using bench = await withBucket();
    const writer = createChunkWriter(bench.nc, { bucket: "other", id: "x", chunkSize: 1000 });
    await writer.write(Buffer.alloc(10));
    await expect(writer.finish()).rejects.toSatisfy((error) => isStorageError(error, "NoResponders"));
  });

  test("reports a message that the stream refuses for good as Refused", async () => {
    await using bench = await withBucket();
    await apiRequest(bench.nc, `STREAM.UPDATE.${streamName("b.x")}`, bucketConfig({ max_msg_size: 100 }));
    const writer = createChunkWriter(bench.nc, { bucket: "b.x", id: "x", chunkSize: 1000 });
    await writer.write(Buffer.alloc(500));
    await expect(writer.finish()).rejects.toMatchObject({ code: "Refused", apiCode: 10054 });
  });
});
