/**
 * Writes a run of chunks: publishes with a bounded window of bytes that are not acknowledged yet.
 *
 * A chunk whose ack does not come is never sent again: a second copy would be read as bytes of the object. The write fails
 * and the caller starts a new run.
 */
import type { ChunkRun } from "@holdfast/contracts";
import { isStorageError, publishAcked, purgeSubject, StorageError } from "@holdfast/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { chunkSubject, streamName } from "./names.ts";
import { chooseChunkSize } from "./read-plan.ts";
import { encodeSequences } from "./sequence-table.ts";

export type ChunkWriterOptions = {
  bucket: string;
  /** Names the run: `$O.<bucket>.C.<id>`. Must be new. */
  id: string;
  /** Default: what the server's max_payload allows, at most 1 MiB. */
  chunkSize?: number | undefined;
  /** Bytes published and not yet acknowledged; a chunk larger than the window still goes out alone. Default 4 MiB. */
  windowBytes?: number | undefined;
  /** How long one chunk may wait for its ack. */
  ackTimeoutMs?: number | undefined;
};

export type ChunkWriter = {
  /**
   * Takes bytes in; resolves when there is room for more. A buffer that covers a chunk is sent without a copy: do not
   * change it afterwards. Rejects with the first failure (QuotaExceeded, SlowDown, NoResponders, Refused).
   */
  write(bytes: Uint8Array): Promise<void>;
  /** Sends the rest, waits for all acks and tells where the bytes lie. */
  finish(): Promise<ChunkRun>;
  /** Gives up: waits for what is in flight, then removes everything written. Never rejects. */
  abort(): Promise<void>;
};

/** Starts a run of chunks in a bucket's stream. */
export function createChunkWriter(nc: NatsConnection, options: ChunkWriterOptions): ChunkWriter {
  const { bucket, id, windowBytes = 4 * 1024 * 1024, ackTimeoutMs = 15_000 } = options;
  const chunkSize = options.chunkSize ?? chooseChunkSize(nc.info?.max_payload ?? 1024 * 1024);
  const subject = chunkSubject(bucket, id);
  const sequences: number[] = [];
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let inFlight = 0;
  let chunks = 0;
  let size = 0;
  let failure: StorageError | undefined;
  let progress: (() => void) | undefined;

  const settled = async (room: () => boolean) => {
    while (!room()) await new Promise<void>((resolve) => (progress = resolve));
  };

  const send = (chunk: Uint8Array) => {
    const index = chunks++;
    inFlight += chunk.length;
    size += chunk.length;
    publishAcked(nc, subject, chunk, { timeoutMs: ackTimeoutMs, quiet: true })
      .then((sequence) => void (sequences[index] = sequence))
      .catch((error: unknown) => {
        failure ??= isStorageError(error) ? error : new StorageError("SlowDown", "chunk not stored", { cause: error });
      })
      .finally(() => {
        inFlight -= chunk.length;
        progress?.();
      });
  };

  const sendWithinWindow = async (chunk: Uint8Array) => {
    await settled(() => failure !== undefined || inFlight === 0 || inFlight + chunk.length <= windowBytes);
    if (failure !== undefined) throw failure;
    send(chunk);
  };

  const takePending = () => {
    const [only] = pending;
    const chunk = pending.length === 1 && only !== undefined ? only : Buffer.concat(pending, pendingBytes);
    pending = [];
    pendingBytes = 0;
    return chunk;
  };

  return {
    async write(bytes) {
      let rest = bytes;
      while (pendingBytes + rest.length >= chunkSize) {
        const taken = chunkSize - pendingBytes;
        pending.push(rest.subarray(0, taken));
        pendingBytes += taken;
        rest = rest.subarray(taken);
        await sendWithinWindow(takePending());
      }
      if (rest.length > 0) {
        pending.push(rest);
        pendingBytes += rest.length;
      }
      if (failure !== undefined) throw failure;
    },
    async finish() {
      if (pendingBytes > 0) await sendWithinWindow(takePending());
      await settled(() => inFlight === 0);
      if (failure !== undefined) throw failure;
      return { id, size, chunks, chunkSize, sequences: encodeInOrder(sequences) };
    },
    async abort() {
      failure ??= new StorageError("Aborted", "the write was given up");
      pending = [];
      pendingBytes = 0;
      await settled(() => inFlight === 0);
      if (chunks === 0) return;
      // what stays is found by the sweep: no record names it. Not every service may purge: then there is no answer
      await purgeSubject(nc, streamName(bucket), subject, 2_000).catch(() => 0);
    },
  };
}

/** Chunks are read back in stream order: if a reconnect let them be stored in another, the run is no good. */
function encodeInOrder(sequences: readonly number[]): string {
  try {
    return encodeSequences(sequences);
  } catch (cause) {
    throw new StorageError("SlowDown", "the chunks were stored out of order", { cause });
  }
}
