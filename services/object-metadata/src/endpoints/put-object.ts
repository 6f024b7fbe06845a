/**
 * PutObject: one chunk and one record. They go out together (one wait instead of two) where the chunk cannot be refused alone
 * and nothing would be replaced; else the chunk is safe before the record names it.
 */
import type { ChunkRun, objectMetadata, StoredObject } from "@holdfast/contracts";
import type { Input, Output } from "@holdfast/micro/contract";
import { isStorageError } from "@holdfast/jetstream";
import { chooseChunkSize, chunkSubject, encodeRecord, encodeTombstone, recordSubject } from "@holdfast/object-layout";
import type { OpenBucket } from "../adapters/buckets.ts";
import { electionMs, inDoubtAfterMs } from "../adapters/jetstream.ts";
import type { Written } from "../adapters/records.ts";
import { checkConditions, type Current, isUnconditional } from "../domain/current.ts";
import type { Parts } from "../parts.ts";
import { finishWrite } from "./finish-write.ts";

type Put = (typeof objectMetadata)["endpoints"]["PutObject"];
const event = "ObjectCreated:Put";
type NewObject = Omit<StoredObject, "sequence" | "versionId">;

export function putObject(parts: Parts, input: Input<Put>, body: Uint8Array): Promise<Output<Put>> {
  return parts.buckets.use(input, async (bucket) => {
    const object = newObject(parts, input, body.length);
    const guess = parts.records.guess(bucket, input.key);
    // what would be replaced is gone once the record is stored: only a chunk that is safe may do that
    const isNew = guess.state !== "object" && input.conditions.ifMatch === undefined;
    if (body.length === 0) return putRecord(parts, bucket, input, object, []);
    if (!bucket.writesTogether || !isNew) return putInSequence(parts, bucket, input, object, body);
    const outcome = await putTogether(parts, bucket, object, body, guess);
    if ("written" in outcome) return finishWrite(parts, bucket, object, outcome.written, outcome.chunks, event);
    return putRecord(parts, bucket, input, object, outcome.chunks);
  });
}

function newObject({ js, now, newId }: Parts, input: Input<Put>, size: number): NewObject {
  const { key, etag, sha256, checksum, attributes } = input;
  // bytes of one call are one chunk
  const chunkSize = Math.max(size, chooseChunkSize(js.nc.info?.max_payload ?? 0));
  const run = { id: newId(), size, chunks: size === 0 ? 0 : 1, chunkSize };
  return {
    key,
    etag,
    size,
    sha256,
    lastModified: now(),
    ...attributes,
    ...(checksum === undefined ? {} : { checksum }),
    data: { kind: "run", run },
  };
}

/** `chunks` are the sequences of what is stored; without `written` another record was there, and ours is still to be stored. */
type Together = { chunks: number[]; written: Written } | { chunks: number[] };

async function putTogether(
  parts: Parts,
  bucket: OpenBucket,
  object: NewObject,
  body: Uint8Array,
  guess: Current,
): Promise<Together> {
  const { js } = parts;
  const id = runId(object);
  const [chunk, record] = await Promise.allSettled([
    js.publish(chunkSubject(bucket.name, id), body),
    js.publishRecord(recordSubject(bucket.name, object.key), encodeRecord(bucket.name, object), guess.sequence),
  ]);
  const chunks = chunk.status === "fulfilled" ? [chunk.value] : [];
  if (record.status === "rejected") {
    if (chunks.length === 0) throw record.reason;
    // in doubt: what lies under the key tells whether it was stored
    if (isStorageError(record.reason, "SlowDown")) return { chunks };
    await parts.purges.now(bucket.name, id);
    throw record.reason;
  }
  const sequence = record.value;
  if (chunk.status === "rejected") {
    if (sequence === undefined) throw chunk.reason;
    if (!(await hasChunk(parts, bucket, id))) {
      await takeBack(parts, bucket, object, sequence);
      throw chunk.reason;
    }
  }
  return sequence === undefined ? { chunks } : { chunks, written: { sequence, replaced: guess } };
}

async function putInSequence(
  parts: Parts,
  bucket: OpenBucket,
  input: Input<Put>,
  object: NewObject,
  body: Uint8Array,
): Promise<Output<Put>> {
  // a refusal should not cost a chunk; the write decides again
  if (!isUnconditional(input.conditions)) {
    checkConditions(input.conditions, await parts.records.current(bucket, input.key));
  }
  const { stored, chunk } = await putChunk(parts, bucket, object, body);
  return putRecord(parts, bucket, input, stored, [chunk]);
}

/**
 * Stores the bytes. When no answer comes (the stream's leader has died, for one) the leader, or the next one, is asked whether it has
 * them; if not, they go out once more as a run of another id. Should the first be stored after all, nothing names it: it is purged.
 */
async function putChunk(
  { js, purges, newId }: Parts,
  bucket: OpenBucket,
  object: NewObject,
  body: Uint8Array,
): Promise<{ stored: NewObject; chunk: number }> {
  const subject = chunkSubject(bucket.name, runId(object));
  try {
    return { stored: object, chunk: await js.publish(subject, body, { timeoutMs: inDoubtAfterMs }) };
  } catch (error) {
    // refused with an answer: a server that has too much to do is not helped by more
    if (!isStorageError(error, "SlowDown") || error.apiCode !== undefined) throw error;
    const found = await js.fromLeader(bucket.stream, { last_by_subj: subject }, electionMs);
    if (found !== undefined) return { stored: object, chunk: found.sequence };
    purges.later(bucket.name, runId(object));
    const stored = { ...object, data: { kind: "run" as const, run: { ...runOf(object), id: newId() } } };
    return { stored, chunk: await js.publish(chunkSubject(bucket.name, runId(stored)), body) };
  }
}

/** The record of a chunk that is stored (or of no bytes). */
async function putRecord(
  parts: Parts,
  bucket: OpenBucket,
  { key, conditions }: Input<Put>,
  object: NewObject,
  chunks: number[],
): Promise<Output<Put>> {
  const text = encodeRecord(bucket.name, object);
  try {
    const written = await parts.records.write(bucket, key, {
      startFrom: "guess",
      mine: runId(object),
      decide(current) {
        checkConditions(conditions, current);
        return text;
      },
    });
    if (written === undefined) throw new Error("a put always writes");
    return finishWrite(parts, bucket, object, written, chunks, event);
  } catch (error) {
    // in doubt: the record may have been stored
    const isInDoubt = isStorageError(error, "SlowDown");
    if (chunks.length > 0 && !isInDoubt) await parts.purges.now(bucket.name, runId(object));
    throw error;
  }
}

function runOf({ data }: NewObject): ChunkRun {
  if (data.kind !== "run") throw new Error("a put has one run");
  return data.run;
}

const runId = (object: NewObject): string => runOf(object).id;

/** The chunk's ack may be lost while the chunk is not. It was sent before the record, so it does not come later. */
async function hasChunk({ js, log }: Parts, bucket: OpenBucket, id: string): Promise<boolean> {
  try {
    const query = { last_by_subj: chunkSubject(bucket.name, id) };
    return (await js.fromLeader(bucket.stream, query)) !== undefined;
  } catch (error) {
    log.warn({ err: error, bucket: bucket.name }, "cannot tell whether a chunk was stored");
    return false;
  }
}

/** Makes a record without bytes invisible again: nothing was there before it. */
async function takeBack(
  { js, log, now }: Parts,
  bucket: OpenBucket,
  object: NewObject,
  sequence: number,
): Promise<void> {
  const subject = recordSubject(bucket.name, object.key);
  const tombstone = encodeTombstone(bucket.name, object.key, runId(object));
  try {
    const at = await js.publishRecord(subject, tombstone, sequence);
    // undefined: somebody has replaced it already
    if (at !== undefined) {
      bucket.index.apply([{ kind: "deleted", key: object.key, sequence: at, timeMs: now() }]);
    }
  } catch (error) {
    log.error({ err: error, bucket: bucket.name, sequence }, "a tombstone was refused, deleting the record itself");
    await js.api(`STREAM.MSG.DELETE.${bucket.stream}`, { seq: sequence, no_erase: true });
  }
}
