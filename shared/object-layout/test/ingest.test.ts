/** Many writers on one connection while the server takes nothing: what they may have in memory together. */
import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createChunkWriter, readRun } from "../src/index.ts";
import { ingestBytes } from "../src/ingest-gate.ts";
import { collect, withBucket } from "./support.ts";

const MiB = 1024 * 1024;
const writers = 16;
const objectBytes = 6 * MiB;

describe("many writers on a connection whose server stands still", () => {
  test("send no more than one connection may have on its way, and all bytes once it goes on", async () => {
    await using bench = await withBucket();
    const body = randomBytes(objectBytes);
    let taken = 0;
    const runs = Array.from({ length: writers }, async (_, i) => {
      const writer = createChunkWriter(bench.nc, { bucket: "b.x", id: `run${i}`, windowBytes: 8 * MiB });
      for (let at = 0; at < objectBytes; at += 256 * 1024) {
        await writer.write(body.subarray(at, at + 256 * 1024));
        taken += 256 * 1024;
      }
      return writer.finish();
    });
    process.kill(bench.nats.pid, "SIGSTOP");
    try {
      // as far as they get: a turn of the event loop in which nobody got further
      for (let before = -1; before !== taken;) {
        before = taken;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      // one piece of each writer waits in its hand
      expect(taken).toBeLessThanOrEqual(ingestBytes + writers * 256 * 1024);
      expect(taken).toBeGreaterThan(ingestBytes / 2);
    } finally {
      process.kill(bench.nats.pid, "SIGCONT");
    }
    for (const run of await Promise.all(runs)) {
      expect(run.size).toBe(objectBytes);
      expect((await collect(readRun(bench.nc, { bucket: "b.x", run }))).equals(body)).toBe(true);
    }
  });

  test("come to an end when their time is over, and leave room for who comes next", async () => {
    await using bench = await withBucket();
    const body = randomBytes(ingestBytes);
    const first = createChunkWriter(bench.nc, {
      bucket: "b.x",
      id: "first",
      windowBytes: 2 * ingestBytes,
      ackTimeoutMs: 100,
    });
    const second = createChunkWriter(bench.nc, { bucket: "b.x", id: "second" });
    process.kill(bench.nats.pid, "SIGSTOP");
    try {
      await first.write(body);
      await expect(first.finish()).rejects.toMatchObject({ code: "SlowDown" });
    } finally {
      process.kill(bench.nats.pid, "SIGCONT");
    }
    await second.write(body.subarray(0, MiB));
    expect(await second.finish()).toMatchObject({ size: MiB });
  });
});
