/**
 * The NATS calls under each S3 operation and nothing else: the same bytes on a stream with a bucket's settings. What the mesh does
 * beyond this (HTTP, signatures, hashes, conditions, the call between edge and object-metadata) is what the ratio to the floor shows.
 */
import { headers, type NatsConnection } from "@nats-io/nats-core";
import { forEachOf, MiB } from "../rows/row.ts";
import { createInboxClient } from "./inbox.ts";
import { createTurns } from "./turns.ts";

const stream = "HOLDFAST_BENCH_FLOOR";
const recordBytes = 600;
/** Chunks under way at once, as the edge's default window. */
const chunksAtOnce = 4;

/**
 * Chunks that all operations together may be waiting for: nats-server closes a connection that has 64 MiB to take (`max_pending`).
 * The mesh bounds itself in the same way.
 */
const chunksPerConnection = 32;

export type NatsCalls = {
  /** Chunks and record; for one chunk both go out together. */
  put(name: string, body: Uint8Array): Promise<void>;
  /** Record and chunks; for one chunk both are asked for together. Gives the bytes. */
  get(name: string): Promise<Uint8Array>;
  /** The record, then all chunks, dropped as they come. Gives how many bytes they had. */
  getLarge(stored: StoredLarge): Promise<number>;
  putLarge(name: string, chunk: Uint8Array, chunks: number): Promise<StoredLarge>;
  /** The record, then so many of the chunks, from anywhere. */
  getChunks(stored: StoredLarge, count: number): Promise<number>;
  head(name: string): Promise<void>;
  delete(name: string): Promise<void>;
  /** What tells whether an index is current. */
  list(): Promise<void>;
};
export type StoredLarge = { readonly name: string; readonly sequences: readonly number[] };

export async function createNatsCalls(nc: NatsConnection): Promise<NatsCalls> {
  const ask = createInboxClient(nc);
  await createStream(nc);
  const record = Buffer.alloc(recordBytes, 0x20);
  const onTop = headers();
  onTop.set("Nats-Rollup", "sub");
  const chunkOf = (name: string) => `${stream}.C.${name}`;
  const recordOf = (name: string) => `${stream}.M.${name}`;
  const putRecord = (name: string) => ask(recordOf(name), record, onTop);
  const inTurn = createTurns(chunksPerConnection);
  const read = (subject: string) => ask(`$JS.API.DIRECT.GET.${stream}.${subject}`);

  const calls: NatsCalls = {
    async put(name, body) {
      await Promise.all([ask(chunkOf(name), body), putRecord(name)]);
    },
    async get(name) {
      const [, chunk] = await Promise.all([read(recordOf(name)), inTurn(() => read(chunkOf(name)))]);
      return chunk.data;
    },
    async putLarge(name, chunk, chunks) {
      const sequences: number[] = [];
      await forEachOf(chunks, chunksAtOnce, async () => {
        sequences.push((await ask(chunkOf(name), chunk)).json<{ seq: number }>().seq);
      });
      await putRecord(name);
      return { name, sequences };
    },
    getLarge: (stored) => calls.getChunks(stored, stored.sequences.length),
    async getChunks({ name, sequences }, count) {
      await read(recordOf(name));
      const first = Math.floor(Math.random() * (sequences.length - count + 1));
      let bytes = 0;
      await forEachOf(count, chunksAtOnce, async (index) => {
        const query = JSON.stringify({ seq: sequences[first + index] });
        const chunk = await inTurn(() => ask(`$JS.API.DIRECT.GET.${stream}`, query));
        bytes += chunk.data.length;
      });
      return bytes;
    },
    async head(name) {
      await read(recordOf(name));
    },
    async delete(name) {
      await putRecord(name);
    },
    async list() {
      await ask(`$JS.API.STREAM.INFO.${stream}`);
    },
  };
  return calls;
}

/** As a bucket's stream: docs/decisions/0001-storage-layout.md. Several processes may ask for it. */
async function createStream(nc: NatsConnection): Promise<void> {
  const settings = {
    name: stream,
    subjects: [`${stream}.C.>`, `${stream}.M.>`],
    storage: "file",
    discard: "new",
    allow_direct: true,
    allow_rollup_hdrs: true,
  };
  const answer = await nc.request(`$JS.API.STREAM.CREATE.${stream}`, JSON.stringify(settings));
  const { error } = answer.json<{ error?: { description: string } }>();
  if (error) throw new Error(`the floor's stream: ${error.description}`);
}

/** The size of one chunk, as the mesh cuts them. */
export const chunkBytes = MiB;
