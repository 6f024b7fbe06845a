/**
 * PutObject: one chunk and one record. They go out together (one wait instead of two) where the chunk cannot be refused alone
 * and nothing would be replaced; else the chunk is safe before the record names it.
 */
import { type objectMetadata, type StoredObject } from "@holdfast/contracts";
import type { Input, Output } from "@holdfast/micro/contract";
import {
  chooseChunkSize,
  chunkSubject,
  encodeRecord,
  encodeTombstone,
  isStorageError,
  recordSubject,
} from "@holdfast/object-layout";
import type { OpenBucket } from "../adapters/buckets.ts";
import { checkConditions, isUnconditional } from "../domain/current.ts";
import type { Parts } from "../parts.ts";
import { finishWrite } from "./finish-write.ts";

type Put = (typeof objectMetadata)["endpoints"]["PutObject"];
type NewObject = Omit<StoredObject, "sequence" | "versionId">;

export function putObject(parts: Parts, input: Input<Put>, body: Uint8Array): Promise<Output<Put>> {
  return parts.buckets.use(input.bucket, async (bucket) => {
    const object = newObject(parts, input, body.length);
    if (body.length > 0 && bucket.writesTogether) {
      const written = await putTogether(parts, bucket, input, object, body);
      if (written !== undefined) return written;
    }
    return putInSequence(parts, bucket, input, object, body);
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

/** Resolves to undefined when nothing was written and it has to go the other way. */
async function putTogether(
  parts: Parts,
  bucket: OpenBucket,
  input: Input<Put>,
  object: NewObject,
  body: Uint8Array,
): Promise<Output<Put> | undefined> {
  const { js, records } = parts;
  const guess = records.guess(bucket, input.key);
  // what would be replaced is gone once the record is stored: only a chunk that is safe may do that
  if (guess.state === "object" || input.conditions.ifMatch !== undefined) return undefined;
  const id = runId(object);
  const [chunk, record] = await Promise.allSettled([
    js.publish(chunkSubject(bucket.name, id), body),
    js.publishRecord(recordSubject(bucket.name, input.key), encodeRecord(bucket.name, object), guess.sequence),
  ]);
  if (record.status === "rejected" || record.value === undefined) {
    if (chunk.status === "fulfilled") await dropChunk(parts, bucket, id, record);
    if (chunk.status === "rejected") throw chunk.reason;
    if (record.status === "rejected") throw record.reason;
    return undefined;
  }
  const sequence = record.value;
  if (chunk.status === "rejected" && !(await hasChunk(parts, bucket, id))) {
    await takeBack(parts, bucket, object, sequence);
    throw chunk.reason;
  }
  const stored = chunk.status === "fulfilled" ? [chunk.value] : [];
  return finishWrite(parts, bucket, object, { sequence, replaced: guess }, stored);
}

async function putInSequence(
  parts: Parts,
  bucket: OpenBucket,
  input: Input<Put>,
  object: NewObject,
  body: Uint8Array,
): Promise<Output<Put>> {
  const { js, records } = parts;
  const { key, conditions } = input;
  // a refusal should not cost a chunk; the write decides again
  if (!isUnconditional(conditions)) checkConditions(conditions, await records.current(bucket, key));
  const id = runId(object);
  const stored = body.length === 0 ? [] : [await js.publish(chunkSubject(bucket.name, id), body)];
  const text = encodeRecord(bucket.name, object);
  try {
    const written = await records.write(bucket, key, {
      startFrom: "guess",
      decide(current) {
        checkConditions(conditions, current);
        return text;
      },
    });
    if (written === undefined) throw new Error("a put always writes");
    return finishWrite(parts, bucket, object, written, stored);
  } catch (error) {
    // in doubt: the record may have been stored
    if (stored.length > 0 && !isStorageError(error, "SlowDown")) void parts.purges.now(bucket.name, id);
    throw error;
  }
}

function runId(object: NewObject): string {
  if (object.data.kind !== "run") throw new Error("a put has one run");
  return object.data.run.id;
}

/** A chunk whose record was refused for sure. After a conflict the put writes another one. */
async function dropChunk(
  parts: Parts,
  bucket: OpenBucket,
  id: string,
  record: PromiseSettledResult<number | undefined>,
): Promise<void> {
  const inDoubt = record.status === "rejected" && isStorageError(record.reason, "SlowDown");
  if (!inDoubt) await parts.purges.now(bucket.name, id);
}

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
