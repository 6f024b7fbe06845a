/**
 * Keeps a bucket's index up with its stream, without a consumer: a reader asks the leader how far the stream is, and what is
 * missing comes by batched direct gets. One such fence serves all readers that wait for it.
 */
import { getBatch, sharedFence, type StoredMessage } from "@holdfast/jetstream";
import { allRecords, decodeRecord, isLayoutError, recordSubject } from "@holdfast/object-layout";
import { setImmediate } from "node:timers/promises";
import { atMost, type Logger } from "@holdfast/runtime";
import type { StoredObject } from "@holdfast/contracts";
import type { Buckets, OpenBucket } from "./buckets.ts";
import type { JetStream } from "./jetstream.ts";
import type { IndexEntry } from "../domain/index-row.ts";
import type { IndexChange } from "./lmdb-index.ts";

export type IndexSync = {
  /** Resolves when the bucket's index holds every write that was acknowledged before the call. */
  fenced(name: string): Promise<OpenBucket>;
};

export type IndexSyncOptions = { log: Logger; now: () => number; /** An older index is rebuilt. */ maxAgeMs: number };
/** What all buckets share. */
type Reading = IndexSyncOptions & { readonly inTurn: ReturnType<typeof atMost> };

const noteEveryMs = 60_000;
/**
 * For each batch nats-server counts what is left behind it, which goes through all subjects of the stream: with 1,000,000 keys that costs
 * as much as sending 10,000 records.
 */
const batchSize = 8_000;
const batchBytes = 8 * 1024 * 1024;
/**
 * Over all buckets: 32 MiB may wait for us, half of what nats-server lets wait on a connection (max_pending) before it ends that, and all
 * that is under way on it.
 */
const batchesAtOnce = 4;
const unsettledLimit = 8_000;
/** Records decoded in one turn of the event loop. */
const turnSize = 500;

export function createIndexSync(js: JetStream, buckets: Buckets, options: IndexSyncOptions): IndexSync {
  const fences = new Map<string, () => Promise<OpenBucket>>();
  const reading = { ...options, inTurn: atMost(batchesAtOnce) };
  return {
    fenced(name) {
      let fence = fences.get(name);
      if (fence === undefined) {
        // names that nobody asks for any more are forgotten wholesale: a fence holds no state between runs
        if (fences.size > 10_000) fences.clear();
        fences.set(name, (fence = sharedFence(() => catchUp(js, buckets, name, reading))));
      }
      return fence();
    },
  };
}

/** Brings the index to where the stream's leader is now. */
async function catchUp(js: JetStream, buckets: Buckets, name: string, options: Reading): Promise<OpenBucket> {
  let { bucket, lastSequence } = await buckets.look(name);
  const { index, known } = bucket;
  if (index.checkpoint > lastSequence) {
    // an ack of ours may have overtaken the answer: ask again before believing that the stream lost something
    const before = index.checkpoint;
    ({ bucket, lastSequence } = await buckets.look(name));
    if (before <= lastSequence || bucket.index !== index) return catchUp(js, buckets, name, options);
  }
  const age = options.now() - index.checkpointAt;
  if (index.checkpointAt > 0 && (age > options.maxAgeMs || index.checkpoint > lastSequence)) {
    // tombstones it would need are gone, or the stream was put back to an earlier state
    options.log.warn({ bucket: name, age, checkpoint: index.checkpoint, lastSequence }, "rebuilding the index");
    known.reset();
    index.clear();
  }
  let at = known.checkpoint;
  while (at < lastSequence) {
    const last = await readOn(js, bucket, at, lastSequence, options);
    if (last > at) at = last;
    else {
      // a lagging replica may say so too: only the leader knows that there is none
      const message = await js.fromLeader(bucket.stream, { seq: at + 1, next_by_subj: allRecords(name) });
      if (message === undefined) break;
      index.apply(changesOf(bucket, message, options));
      at = message.sequence;
    }
  }
  const sequence = Math.max(at, lastSequence);
  // a checkpoint costs a transaction: only for news, or now and then to show that the index is not old
  if (sequence > index.checkpoint || options.now() - index.checkpointAt > noteEveryMs) {
    index.apply([], { sequence, at: options.now() });
  }
  known.add(1, sequence);
  await index.settled();
  return bucket;
}

/** Reads and applies the records that follow, the next batch on its way while one is applied. The sequence of the last one. */
async function readOn(
  js: JetStream,
  bucket: OpenBucket,
  after: number,
  upTo: number,
  options: Reading,
): Promise<number> {
  let at = after;
  let unsettled = 0;
  let messages = await readBatch(js, bucket, at, options);
  for (let last = messages.at(-1); last !== undefined; last = messages.at(-1)) {
    at = last.sequence;
    const applied = applyBatch(bucket, messages, options);
    unsettled += messages.length;
    [messages] = await Promise.all([at < upTo ? readBatch(js, bucket, at, options) : [], applied]);
    // a slow disk takes longer for a transaction than a batch takes: several batches share one, but memory is bounded
    if (unsettled >= unsettledLimit) {
      await bucket.index.settled();
      unsettled = 0;
    }
  }
  return at;
}

async function readBatch(
  js: JetStream,
  { name, stream }: OpenBucket,
  after: number,
  { inTurn }: Reading,
): Promise<StoredMessage[]> {
  const query = { seq: after + 1, next_by_subj: allRecords(name), batch: batchSize, max_bytes: batchBytes };
  return (await inTurn(() => getBatch(js.nc, stream, query))).messages;
}

async function applyBatch(
  bucket: OpenBucket,
  messages: readonly StoredMessage[],
  options: IndexSyncOptions,
): Promise<void> {
  for (let from = 0; from < messages.length; from += turnSize) {
    // not before the next batch was asked for; and others want to be served meanwhile
    await setImmediate();
    const turn = messages.slice(from, from + turnSize);
    const last = turn.at(-1);
    if (last === undefined) return;
    const changes = turn.flatMap((message) => changesOf(bucket, message, options));
    bucket.index.apply(changes, { sequence: last.sequence, at: options.now() });
  }
}

function changesOf(bucket: OpenBucket, message: StoredMessage, { log }: IndexSyncOptions): IndexChange[] {
  try {
    const record = decodeRecord(message.data, message);
    // a record that lies under another key's subject could not be read by its key
    if (recordSubject(bucket.name, record.key) !== message.subject) return [];
    if (record.kind === "object")
      return [{ kind: "object", key: record.key, entry: entryOf(record.object, record.nuid) }];
    if (record.kind === "link") return [{ kind: "gone", key: record.key, sequence: message.sequence }];
    return [{ kind: "deleted", key: record.key, sequence: message.sequence, timeMs: message.timeMs }];
  } catch (error) {
    if (!isLayoutError(error, "UnreadableRecord")) throw error;
    log.warn({ bucket: bucket.name, sequence: message.sequence, error: error.message }, "skipped a record");
    return [];
  }
}

/** What the index keeps of an object. */
export function entryOf(object: StoredObject, nuid: string): IndexEntry {
  const { sequence, etag, size, lastModified, storageClass, checksum, data } = object;
  return {
    sequence,
    etag,
    size,
    lastModified,
    storageClass,
    checksum: checksum === undefined ? undefined : { algorithm: checksum.algorithm, type: checksum.type },
    nuid,
    isParts: data.kind !== "run",
  };
}
