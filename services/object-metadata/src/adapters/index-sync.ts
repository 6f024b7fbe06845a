/**
 * Keeps a bucket's index up with its stream, without a consumer: a reader asks the leader how far the stream is, and what is
 * missing comes by batched direct gets. One such fence serves all readers that wait for it.
 */
import { isStorageError, openBatch, sharedFence, type StoredMessage } from "@holdfast/jetstream";
import { allRecords, decodeRecord, isLayoutError, recordSubject } from "@holdfast/object-layout";
import type { Logger } from "@holdfast/runtime";
import type { StoredObject } from "@holdfast/contracts";
import type { Buckets, OpenBucket } from "./buckets.ts";
import type { JetStream } from "./jetstream.ts";
import type { IndexChange, IndexEntry } from "./lmdb-index.ts";

export type IndexSync = {
  /** Resolves when the bucket's index holds every write that was acknowledged before the call. */
  fenced(name: string): Promise<OpenBucket>;
};

export type IndexSyncOptions = { log: Logger; now: () => number; /** An older index is rebuilt. */ maxAgeMs: number };

const noteEveryMs = 60_000;
const batchSize = 1_000;
const batchBytes = 4 * 1024 * 1024;

export function createIndexSync(js: JetStream, buckets: Buckets, options: IndexSyncOptions): IndexSync {
  const fences = new Map<string, () => Promise<OpenBucket>>();
  return {
    fenced(name) {
      let fence = fences.get(name);
      if (fence === undefined) {
        // names that nobody asks for any more are forgotten wholesale: a fence holds no state between runs
        if (fences.size > 10_000) fences.clear();
        fences.set(name, (fence = sharedFence(() => catchUp(js, buckets, name, options))));
      }
      return fence();
    },
  };
}

/** Brings the index to where the stream's leader is now. */
async function catchUp(js: JetStream, buckets: Buckets, name: string, options: IndexSyncOptions): Promise<OpenBucket> {
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
    await index.clear();
  }
  let at = known.checkpoint;
  while (at < lastSequence) {
    const last = await readBatch(js, bucket, at, options);
    if (last !== undefined) at = last;
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

/** Applies the next records after a sequence; the last one's sequence, or undefined when there was none. */
async function readBatch(
  js: JetStream,
  bucket: OpenBucket,
  after: number,
  options: IndexSyncOptions,
): Promise<number | undefined> {
  const request = { seq: after + 1, next_by_subj: allRecords(bucket.name), batch: batchSize, max_bytes: batchBytes };
  const batch = openBatch(js.nc, bucket.stream, request);
  const changes: IndexChange[] = [];
  let last: number | undefined;
  try {
    for (let message = await batch.next(); message !== undefined; message = await batch.next()) {
      changes.push(...changesOf(bucket, message, options));
      last = message.sequence;
    }
  } catch (error) {
    if (!isStorageError(error, "NotFound")) throw error;
  } finally {
    batch.close();
  }
  bucket.index.apply(changes, last === undefined ? undefined : { sequence: last, at: options.now() });
  return last;
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
    chunks: data.kind === "run" ? data.run.chunks : 0,
    isParts: data.kind !== "run",
  };
}
