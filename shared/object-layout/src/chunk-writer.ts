/**
 * Writes a run of chunks: publishes with a bounded window of bytes that are not acknowledged yet, its
 * own and its connection's (see `IngestGate`).
 *
 * A chunk whose ack does not come is never sent again: a second copy would be read as bytes of the object. The write fails
 * and the caller starts a new run.
 */
import type { ChunkRun } from "@holdfast/contracts";
import { isStorageError, publishAcked, purgeSubject, StorageError } from "@holdfast/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { ingestGateOf } from "./ingest-gate.ts";
import { chunkSubject, streamName } from "./names.ts";
import { chooseChunkSize } from "./read-plan.ts";
import { encodeSequences } from "./sequence-table.ts";

export type ChunkWriterOptions = {
  bucket: string;
  /** Names the run: `$O.<bucket>.C.<id>`. Must be new. */
  id: string;
  /** Bytes to come, as far as they are known: more make larger chunks (see `chooseChunkSize`). */
  size?: number | undefined;
  /** Instead of the one chosen. */
  chunkSize?: number | undefined;
  /** Bytes published and not yet acknowledged; a chunk larger than the window still goes out alone. Default 4 MiB. */
  windowBytes?: number | undefined;
  /** How long one chunk may wait for its ack. */
  ackTimeoutMs?: number | undefined;
};

export type ChunkWriter = {
  /**
   * Takes bytes in, without a copy: do not change them afterwards. When the window is full the answer is a promise of when there
   * is room; what is written before that is taken too, and waits. Throws or rejects with the first failure (QuotaExceeded,
   * SlowDown, NoResponders, Refused).
   */
  write(bytes: Uint8Array): Promise<void> | undefined;
  /** Sends the rest, waits for all acks and tells where the bytes lie. */
  finish(): Promise<ChunkRun>;
  /** Gives up: waits for what is in flight, then removes everything written. Never rejects. */
  abort(): Promise<void>;
};

/** Starts a run of chunks in a bucket's stream. */
export function createChunkWriter(nc: NatsConnection, options: ChunkWriterOptions): ChunkWriter {
  const { bucket, id, windowBytes = 4 * 1024 * 1024, ackTimeoutMs = 15_000 } = options;
  const chunkSize = options.chunkSize ?? chooseChunkSize(nc.info?.max_payload ?? 1024 * 1024, options.size);
  const subject = chunkSubject(bucket, id);
  const gate = ingestGateOf(nc);
  const sequences: number[] = [];
  /** Whole chunks that the window has no room for yet. */
  let ready: Chunk[] = [];
  let pending: Chunk = { pieces: [], length: 0 };
  let inFlight = 0;
  let chunks = 0;
  let size = 0;
  let failure: StorageError | undefined;
  let waiting: (() => void)[] = [];

  /** True while the gate has a chunk of ours waiting: the first of `ready`. */
  let isQueued = false;

  const wake = () => {
    const woken = waiting;
    waiting = [];
    for (const each of woken) each();
  };

  const until = async (isSo: () => boolean) => {
    while (!isSo()) await new Promise<void>((resolve) => void waiting.push(resolve));
  };

  const send = ({ pieces, length }: Chunk) => {
    const index = chunks++;
    inFlight += length;
    size += length;
    const acked = (sequence: number) => {
      sequences[index] = sequence;
      gate.release(length);
    };
    publishAcked(nc, subject, pieces, { timeoutMs: ackTimeoutMs, quiet: true })
      .then(acked)
      .catch((error: unknown) => {
        failure ??= isStorageError(error) ? error : new StorageError("SlowDown", "chunk not stored", { cause: error });
        // it may still lie in the connection's buffer: memory, and on its way, until the server has taken what was sent
        void nc
          .flush()
          .catch(() => undefined)
          .then(() => gate.release(length));
      })
      .finally(() => {
        inFlight -= length;
        sendReady();
        wake();
      });
  };

  /** The gate has taken the bytes of the chunk that waited; after a failure there is none. */
  const sendQueued = (length: number) => {
    isQueued = false;
    const next = failure === undefined ? ready.shift() : undefined;
    if (next === undefined) return gate.release(length);
    send(next);
    sendReady();
    wake();
  };

  const sendReady = () => {
    if (failure !== undefined) ready = [];
    const fits = ({ length }: Chunk) => inFlight === 0 || inFlight + length <= windowBytes;
    for (let next = ready[0]; next && !isQueued && fits(next); next = ready[0]) {
      const { length } = next;
      if (!gate.take(length, () => sendQueued(length))) {
        isQueued = true;
        return;
      }
      ready.shift();
      send(next);
    }
  };

  const endChunk = () => {
    if (pending.length > 0) ready.push(pending);
    pending = { pieces: [], length: 0 };
  };

  const take = (bytes: Uint8Array) => {
    pending.pieces.push(bytes);
    pending.length += bytes.length;
  };

  const settled = async (isSo: () => boolean) => {
    await until(() => failure !== undefined || isSo());
    if (failure !== undefined) throw failure;
  };

  return {
    write(bytes) {
      if (failure !== undefined) throw failure;
      let rest = bytes;
      while (pending.length + rest.length >= chunkSize) {
        const missing = chunkSize - pending.length;
        take(rest.subarray(0, missing));
        endChunk();
        rest = rest.subarray(missing);
      }
      if (rest.length > 0) take(rest);
      sendReady();
      return ready.length === 0 ? undefined : settled(() => ready.length === 0);
    },
    async finish() {
      endChunk();
      sendReady();
      await settled(() => ready.length === 0 && inFlight === 0);
      return { id, size, chunks, chunkSize, sequences: encodeInOrder(sequences) };
    },
    async abort() {
      failure ??= new StorageError("Aborted", "the write was given up");
      pending = { pieces: [], length: 0 };
      sendReady();
      await until(() => inFlight === 0);
      if (chunks === 0) return;
      // what stays is found by the sweep: no record names it. Not every service may purge: then there is no answer
      await purgeSubject(nc, streamName(bucket), subject, 2_000).catch(() => 0);
    },
  };
}

/** Bytes of one chunk as they came. */
type Chunk = { pieces: Uint8Array[]; length: number };

/** Chunks are read back in stream order: if a reconnect let them be stored in another, the run is no good. */
function encodeInOrder(sequences: readonly number[]): string {
  try {
    return encodeSequences(sequences);
  } catch (cause) {
    throw new StorageError("SlowDown", "the chunks were stored out of order", { cause });
  }
}
