/**
 * Reads the bytes of a run with direct gets: no consumer, a bounded window, nothing more asked for than the window while
 * the consumer is slow. A chunk that is not where the record says is an error, never a short answer.
 */
import type { ChunkRun } from "@holdfast/contracts";
import {
  type Batch,
  getFromLeader,
  isStorageError,
  openBatch,
  StorageError,
  type StoredMessage,
} from "@holdfast/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { LayoutError } from "./errors.ts";
import { chunkSubject, streamName } from "./names.ts";
import { sliceSequences } from "./sequence-table.ts";

export type ReadOptions = {
  /** Bytes asked for and not yet consumed. Default 4 MiB; one chunk at least. */
  windowBytes?: number | undefined;
  signal?: AbortSignal | undefined;
  /** How long one answer may take before the read is tried again. */
  timeoutMs?: number | undefined;
};

export type RunReadOptions = ReadOptions & {
  bucket: string;
  run: ChunkRun;
  /** First byte. Default 0. */
  start?: number | undefined;
  /** Byte after the last. Default the run's size. */
  end?: number | undefined;
};

const defaultWindow = 4 * 1024 * 1024;
// A server that restarts answers a little later.
const retryDelaysMs = [20, 100, 400, 1_000];

/** The bytes from `start` to `end` of a run. Rejects with MissingChunk, SlowDown, NoResponders or Aborted. */
export async function* readRun(nc: NatsConnection, options: RunReadOptions): AsyncGenerator<Uint8Array, void> {
  const { run, start = 0, end = run.size } = options;
  if (start >= end) return;
  if (start < 0 || end > run.size) throw new RangeError(`range ${start}-${end} of a run of ${run.size} bytes`);
  if (run.sequences === undefined) yield* walk(nc, options, start, end);
  else yield* readByTable(nc, options, run.sequences, start, end);
}

type Slot = { batch: Batch; first: number; count: number };

async function* readByTable(
  nc: NatsConnection,
  { bucket, run, windowBytes = defaultWindow, signal, timeoutMs }: RunReadOptions,
  table: string,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void> {
  const { chunkSize } = run;
  checkShape(run);
  const stream = streamName(bucket);
  const subject = chunkSubject(bucket, run.id);
  const lastChunk = Math.ceil(end / chunkSize) - 1;
  let next = Math.floor(start / chunkSize);
  const sequences = sliceSequences(table, run.chunks, next, lastChunk + 1);
  const firstChunk = next;
  const sequenceOf = (index: number) => sequences[index - firstChunk] ?? 0;
  // All at once if it fits; else four batches in the window: while one is consumed, three are on their way.
  const fits = sequences.length * chunkSize <= windowBytes;
  const perBatch = fits ? sequences.length : Math.max(1, Math.floor(windowBytes / 4 / chunkSize));
  const slotLimit = Math.max(1, Math.floor(windowBytes / (perBatch * chunkSize)));
  const slots: Slot[] = [];

  const open = (first: number, count: number): Slot => {
    const seq = sequenceOf(first);
    const request = count === 1 ? { seq } : { seq, next_by_subj: subject, batch: count };
    return {
      batch: openBatch(nc, stream, request, { timeoutMs: timeoutMs ?? 5_000, signal, quiet: true }),
      first,
      count,
    };
  };
  const reopen = (slot: Slot, from: number) => {
    slot.batch.close();
    Object.assign(slot, open(from, slot.first + slot.count - from));
  };

  try {
    while (next <= lastChunk || slots.length > 0) {
      while (next <= lastChunk && slots.length < slotLimit) {
        const count = Math.min(perBatch, lastChunk - next + 1);
        slots.push(open(next, count));
        next += count;
      }
      const slot = slots[0];
      if (slot === undefined) return;
      const afterLast = slot.first + slot.count;
      for (let index = slot.first; index < afterLast; index++) {
        const askLeader = () => getFromLeader(nc, stream, { seq: sequenceOf(index) });
        const message = await take(slot, () => reopen(slot, index), askLeader, signal);
        const length = Math.min(chunkSize, run.size - index * chunkSize);
        if (message.sequence !== sequenceOf(index) || message.subject !== subject || message.data.length !== length) {
          throw missing(run, index);
        }
        const offset = index * chunkSize;
        yield message.data.subarray(Math.max(0, start - offset), Math.min(length, end - offset));
      }
      slot.batch.close();
      slots.shift();
    }
  } finally {
    for (const slot of slots) slot.batch.close();
  }
}

/** Without a table: from the subject's first message on. What lies before `start` is read and dropped. */
async function* walk(
  nc: NatsConnection,
  { bucket, run, windowBytes = defaultWindow, signal, timeoutMs }: RunReadOptions,
  start: number,
  end: number,
): AsyncGenerator<Uint8Array, void> {
  const stream = streamName(bucket);
  const subject = chunkSubject(bucket, run.id);
  const chunkBytes = Math.max(1, run.chunkSize);
  const perBatch = Math.min(run.chunks, Math.max(1, Math.floor(windowBytes / chunkBytes)));
  let after = 0;
  let offset = 0;
  let chunk = 0;
  const open = (): Slot => {
    const batch = Math.max(1, Math.min(perBatch, run.chunks - chunk));
    // the whole of a small object: one message, no end-of-batch after it
    const request = run.chunks === 1 ? { last_by_subj: subject } : { seq: after + 1, next_by_subj: subject, batch };
    return {
      batch: openBatch(nc, stream, request, { timeoutMs: timeoutMs ?? 5_000, signal, quiet: true }),
      first: chunk,
      count: batch,
    };
  };
  let slot = open();
  try {
    while (offset < end) {
      if (chunk === slot.first + slot.count) {
        slot.batch.close();
        slot = open();
      }
      const reopen = () => {
        slot.batch.close();
        slot = Object.assign(slot, open());
      };
      const askLeader = () => getFromLeader(nc, stream, { seq: after + 1, next_by_subj: subject });
      const message = await take(slot, reopen, askLeader, signal);
      if (message.subject !== subject || message.data.length === 0) throw missing(run, chunk);
      const from = Math.max(0, start - offset);
      const to = Math.min(message.data.length, end - offset);
      if (from < to) yield message.data.subarray(from, to);
      offset += message.data.length;
      after = message.sequence;
      chunk++;
    }
  } finally {
    slot.batch.close();
  }
}

/**
 * The next message of a batch. When the batch has none, the one who answered may lag behind: the leader decides whether the
 * chunk is missing. What was not answered at all is asked for again.
 */
async function take(
  slot: Slot,
  reopen: () => void,
  askLeader: () => Promise<StoredMessage | undefined>,
  signal: AbortSignal | undefined,
): Promise<StoredMessage> {
  for (let attempt = 0; ; attempt++) {
    try {
      const message = (await nextOrNone(slot.batch)) ?? (await askLeader());
      if (message === undefined) throw new LayoutError("MissingChunk", "missing chunk: the run is not whole");
      return message;
    } catch (error) {
      const delay = retryDelaysMs[attempt];
      const isTransient = isStorageError(error, "SlowDown") || isStorageError(error, "NoResponders");
      if (!isTransient || delay === undefined) throw error;
      await new Promise((resolve) => setTimeout(resolve, delay));
      if (signal?.aborted === true) throw new StorageError("Aborted", "the read was given up");
      reopen();
    }
  }
}

async function nextOrNone(batch: Batch): Promise<StoredMessage | undefined> {
  try {
    return await batch.next();
  } catch (error) {
    if (isStorageError(error, "NotFound")) return undefined;
    throw error;
  }
}

function checkShape(run: ChunkRun): void {
  const fits = run.chunkSize > 0 && Math.ceil(run.size / run.chunkSize) === run.chunks;
  if (!fits)
    throw new LayoutError("UnreadableRecord", `run ${run.id}: ${run.chunks} chunks do not make ${run.size} bytes`);
}

function missing(run: ChunkRun, index: number): LayoutError {
  return new LayoutError("MissingChunk", `missing chunk ${index + 1} of ${run.chunks} of run ${run.id}`);
}
