/**
 * Which runs of chunks the records of a bucket name, asked of the stream itself. The index answers the same at a fraction of the price,
 * and may be wrong: a plain client gives a record a new key with the chunks of the old one, a stream comes back from a power failure or a
 * backup without its end and gives the same sequences again. What is purged cannot be brought back, so before that the truth is read:
 * all records, once for all runs in question.
 */
import { isStorageError, openBatch, type StoredMessage } from "@holdfast/jetstream";
import { allRecords, type DecodedRecord, decodeRecord, isLayoutError, loadParts } from "@holdfast/object-layout";
import type { OpenBucket } from "./adapters/buckets.ts";
import type { JetStream } from "./adapters/jetstream.ts";

/** Those of `ids` that a record names. */
export async function namedByRecords(
  js: JetStream,
  bucket: OpenBucket,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const asked = new Set(ids.map(firstToken));
  const named = new Set<string>();
  for (let at = 0; ;) {
    let last = at;
    for await (const message of recordsAfter(js, bucket, at)) {
      for (const id of await runsOf(js, bucket, message, asked)) named.add(id);
      last = message.sequence;
    }
    if (last === at) return named;
    at = last;
  }
}

/** A run's id, or the upload that it is a part of. */
export function firstToken(id: string): string {
  const dot = id.indexOf(".");
  return dot === -1 ? id : id.slice(0, dot);
}

/** The next records, none at the end: which only the leader knows. */
async function* recordsAfter(js: JetStream, bucket: OpenBucket, after: number): AsyncGenerator<StoredMessage, void> {
  const query = { seq: after + 1, next_by_subj: allRecords(bucket.name) };
  const batch = openBatch(js.nc, bucket.stream, { ...query, batch: 1_000, max_bytes: 4 * 1024 * 1024 });
  let isEmpty = true;
  try {
    for (let message = await batch.next(); message !== undefined; message = await batch.next()) {
      isEmpty = false;
      yield message;
    }
  } catch (error) {
    if (!isStorageError(error, "NotFound")) throw error;
  } finally {
    batch.close();
  }
  const next = isEmpty ? await js.fromLeader(bucket.stream, query) : undefined;
  if (next !== undefined) yield next;
}

/** The runs that a record names, if it is one of those in question. */
async function runsOf(
  js: JetStream,
  bucket: OpenBucket,
  message: StoredMessage,
  asked: ReadonlySet<string>,
): Promise<string[]> {
  const record = decoded(message);
  // a record that cannot be read may be one of a later version: its chunks are not ours to purge
  if (record === undefined) return nuidsIn(message).filter((nuid) => asked.has(nuid));
  if (record.kind !== "object" || !asked.has(record.nuid)) return [];
  const { data } = record.object;
  if (data.kind === "run") return [data.run.id];
  const parts = await loadParts(js.nc, { data }, { bucket: bucket.name });
  return [...parts.map(({ run }) => run.id), ...(data.kind === "manifest" ? [data.manifest.id] : [])];
}

function decoded(message: StoredMessage): DecodedRecord | undefined {
  try {
    return decodeRecord(message.data, message);
  } catch (error) {
    if (isLayoutError(error, "UnreadableRecord")) return undefined;
    throw error;
  }
}

function nuidsIn({ data }: StoredMessage): string[] {
  return [
    ...Buffer.from(data)
      .toString("utf8")
      .matchAll(/"nuid":\s{0,8}"([\w-]{1,128})"/g),
  ].map(([, nuid = ""]) => nuid);
}
