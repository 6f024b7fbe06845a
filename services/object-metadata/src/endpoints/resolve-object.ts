/** ResolveObject: the record, and a small object's bytes with it. */
import type { objectMetadata } from "@holdfast/contracts";
import type { Input, Reply } from "@holdfast/micro/contract";
import type { StoredMessage } from "@holdfast/jetstream";
import { chunkSubject, isLayoutError, readObject } from "@holdfast/object-layout";
import type { OpenBucket } from "../adapters/buckets.ts";
import { noSuchKey } from "../errors.ts";
import type { Parts } from "../parts.ts";
import { notExpired } from "./list-objects.ts";

type Resolve = (typeof objectMetadata)["endpoints"]["ResolveObject"];
type Guess = { nuid: string; chunk: Promise<StoredMessage | undefined> };

const empty = new Uint8Array();

export function resolveObject(parts: Parts, input: Input<Resolve>): Promise<Reply<Resolve>> {
  return parts.buckets.use(input, async (bucket) => {
    try {
      return await resolve(parts, bucket, input);
    } catch (error) {
      // replaced by a plain client, which purges at once, between the two reads: the next look sees the new object
      if (isLayoutError(error, "MissingChunk")) return resolve(parts, bucket, input);
      throw error;
    }
  });
}

async function resolve(
  parts: Parts,
  bucket: OpenBucket,
  { key, inlineLimit }: Input<Resolve>,
): Promise<Reply<Resolve>> {
  const guess = inlineLimit > 0 ? guessChunk(parts, bucket, key, inlineLimit) : undefined;
  const found = await parts.records.read(bucket, key);
  if (found?.record.kind !== "object") throw noSuchKey(key, found?.message.sequence);
  const { object } = found.record;
  // Tags write the record anew: it may outlive the chunks, which the stream's age limit has dropped by then.
  if (notExpired(bucket.bucket, parts.now())?.(object) === false) throw noSuchKey(key, found.message.sequence);
  if (object.size > inlineLimit || inlineLimit === 0) return { output: { object, inline: false }, body: empty };
  if (object.size === 0) return { output: { object, inline: true }, body: empty };

  const chunk = guess?.nuid === found.record.nuid ? await guess.chunk : undefined;
  if (chunk?.data.length === object.size) return { output: { object, inline: true }, body: chunk.data };
  const pieces: Uint8Array[] = [];
  for await (const bytes of readObject(parts.js.nc, object, { bucket: bucket.name })) pieces.push(bytes);
  return { output: { object, inline: true }, body: pieces.length === 1 ? (pieces[0] ?? empty) : Buffer.concat(pieces) };
}

/** Reads the chunk that the index names while the record is read: right most of the time, and checked in any case. */
function guessChunk({ js }: Parts, bucket: OpenBucket, key: string, limit: number): Guess | undefined {
  const entry = bucket.index.get(key);
  if (entry === undefined || entry.chunks !== 1 || entry.size > limit) return undefined;
  const chunk = js.lastDirect(bucket.stream, chunkSubject(bucket.name, entry.nuid));
  return { nuid: entry.nuid, chunk: chunk.catch(() => undefined) };
}
