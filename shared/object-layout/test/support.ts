import { randomBytes } from "node:crypto";
import { startNats, type TestNats } from "@holdfast/testkit";
import { apiRequest } from "@holdfast/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { bucketSubjects, createChunkWriter, streamName } from "../src/index.ts";

export type Bench = AsyncDisposable & { nats: TestNats; nc: NatsConnection };

/** A server, a connection and a stream for the bucket `b.x`. */
export async function withBucket(config: object = {}): Promise<Bench> {
  const nats = await startNats();
  const nc = await nats.connect();
  await apiRequest(nc, `STREAM.CREATE.${streamName("b.x")}`, bucketConfig(config));
  return { nats, nc, [Symbol.asyncDispose]: () => nats.stop() };
}

export function bucketConfig(config: object = {}): object {
  return {
    name: streamName("b.x"),
    subjects: bucketSubjects("b.x"),
    discard: "new",
    allow_rollup_hdrs: true,
    allow_direct: true,
    num_replicas: 1,
    ...config,
  };
}

/** Writes random bytes as one run, in buffers of the given sizes, and gives both. */
export async function writeRandom(nc: NatsConnection, size: number, chunkSize: number, pieces: readonly number[]) {
  const bytes = randomBytes(size);
  const writer = createChunkWriter(nc, { bucket: "b.x", id: randomBytes(8).toString("hex"), chunkSize });
  for (let at = 0, i = 0; at < size; i++) {
    const length = pieces[i % pieces.length] ?? size;
    await writer.write(bytes.subarray(at, at + length));
    at += length;
  }
  return { bytes, run: await writer.finish() };
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of source) pieces.push(piece);
  return Buffer.concat(pieces);
}
