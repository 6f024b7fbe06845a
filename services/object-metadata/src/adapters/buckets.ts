/** Buckets as streams: who exists, how they are kept, and what this instance knows of each. */
import type { Bucket } from "@holdfast/contracts";
import { isStorageError, sharedFence, StorageError } from "@holdfast/jetstream";
import { streamName } from "@holdfast/object-layout";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { type BucketStream, bucketOfStream, StreamInfo, thawedConfig } from "../domain/bucket-config.ts";
import { type KnownSequences, knownSequences } from "../domain/known-sequences.ts";
import { noSuchBucket, toMeshError } from "../errors.ts";
import { electionMs, type JetStream } from "./jetstream.ts";
import type { BucketIndex, IndexStore } from "./lmdb-index.ts";

/** A bucket as this instance works with it. */
export type OpenBucket = BucketStream & {
  readonly name: string;
  readonly stream: string;
  readonly index: BucketIndex;
  readonly known: KnownSequences;
};

/** As calls name a bucket. */
export type BucketRef = { readonly bucket: string; readonly bucketId?: string | undefined };

export type Buckets = {
  /** The bucket, from a cache of a few seconds. Throws NoSuchBucket; SlowDown while it is being deleted. */
  get(name: string): Promise<OpenBucket>;
  /** The bucket as its leader has it now, with the last sequence of its stream; also one that is being deleted. */
  look(name: string): Promise<{ bucket: OpenBucket; lastSequence: number }>;
  /**
   * Runs `work` on a bucket; when its stream is away for a moment (thawing, a restart), again. Nothing may be half done on NoResponders.
   * Of a bucket that is given with its id, a later one of the same name is NoSuchBucket.
   */
  use<T>(bucket: string | BucketRef, work: (bucket: OpenBucket) => Promise<T>): Promise<T>;
  invalidate(name: string): void;
  /** All buckets, as of now. */
  list(): Promise<Bucket[]>;
};

const cacheMs = 3_000;
const retryDelaysMs = [20, 50, 100, 200, 400, 800];
/** A bucket frozen for longer was left so by a crash. Whoever deletes gives up long before. */
const abandonedMs = 60_000;

const StreamList = z.object({
  total: z.number(),
  limit: z.number(),
  streams: z.array(z.unknown()).nullish(),
});

export function createBuckets(js: JetStream, indexes: IndexStore, now: () => number): Buckets {
  const cache = new Map<string, { bucket: OpenBucket; until: number }>();
  const knownById = new Map<string, KnownSequences>();

  const forget = (gone: OpenBucket) => {
    knownById.delete(gone.bucket.id);
    indexes.drop(gone.bucket.id);
  };

  const opened = (found: BucketStream): OpenBucket => {
    const { id, name } = found.bucket;
    const index = indexes.bucket(id);
    let known = knownById.get(id);
    if (known === undefined) knownById.set(id, (known = knownSequences(index.checkpoint)));
    const previous = cache.get(name)?.bucket;
    if (previous !== undefined && previous.bucket.id !== id) forget(previous);
    return { ...found, name, stream: found.config.name, index, known };
  };

  const look = async (name: string) => {
    const info = await streamInfo(js, name);
    const found = info === undefined ? undefined : bucketOfStream(info);
    // `a.b` and `a_b` share a stream's name: only the one that made it is there
    if (info === undefined || found === undefined || found.bucket.name !== name) {
      const gone = cache.get(name)?.bucket;
      cache.delete(name);
      if (gone !== undefined && info === undefined) forget(gone);
      throw noSuchBucket(name);
    }
    const bucket = opened(found);
    cache.set(name, { bucket, until: now() + cacheMs });
    return { bucket, lastSequence: info.state.last_seq };
  };

  const get = async (name: string): Promise<OpenBucket> => {
    const cached = cache.get(name);
    const bucket = cached !== undefined && cached.until > now() ? cached.bucket : (await look(name)).bucket;
    if (bucket.frozenAt === undefined) return bucket;
    cache.delete(name);
    if (now() - bucket.frozenAt < abandonedMs) throw new StorageError("NoResponders", "the bucket is being deleted");
    await js.api(`STREAM.UPDATE.${bucket.stream}`, thawedConfig(bucket));
    return (await look(name)).bucket;
  };

  const isIt = (bucket: OpenBucket, id: string | undefined) => id === undefined || bucket.bucket.id === id;

  /** Either side may be behind: only the leader says that it is another one. */
  const getThis = async (name: string, id: string | undefined): Promise<OpenBucket> => {
    let bucket = await get(name);
    if (!isIt(bucket, id)) {
      cache.delete(name);
      bucket = await get(name);
    }
    if (!isIt(bucket, id)) throw noSuchBucket(name);
    return bucket;
  };

  const use = async <T>(which: string | BucketRef, work: (bucket: OpenBucket) => Promise<T>): Promise<T> => {
    const { bucket: name, bucketId }: BucketRef = typeof which === "string" ? { bucket: which } : which;
    for (let attempt = 0; ; attempt++) {
      try {
        return await work(await getThis(name, bucketId));
      } catch (error) {
        const pause = retryDelaysMs[attempt];
        const away = isStorageError(error, "NoResponders") || isStorageError(error, "NoSuchStream");
        if (!away || pause === undefined) throw toMeshError(error, name);
        cache.delete(name);
        await delay(pause);
      }
    }
  };

  return {
    get,
    look,
    use,
    invalidate: (name) => void cache.delete(name),
    list: sharedFence(() => listStreams(js)),
  };
}

async function streamInfo(js: JetStream, name: string): Promise<StreamInfo | undefined> {
  try {
    const timeoutMs = electionMs;
    return StreamInfo.parse(await js.api(`STREAM.INFO.${streamName(name)}`, undefined, { timeoutMs }));
  } catch (error) {
    if (isStorageError(error, "NoSuchStream")) return undefined;
    throw error;
  }
}

async function listStreams(js: JetStream): Promise<Bucket[]> {
  const buckets: Bucket[] = [];
  for (let offset = 0; ;) {
    const page = StreamList.parse(await js.api("STREAM.LIST", { offset }));
    const streams = page.streams ?? [];
    for (const stream of streams) {
      const info = StreamInfo.safeParse(stream);
      const found = info.success ? bucketOfStream(info.data) : undefined;
      if (found !== undefined) buckets.push(found.bucket);
    }
    offset += streams.length;
    if (streams.length === 0 || offset >= page.total) return buckets.sort(byName);
  }
}

// bucket names are ASCII: UTF-16 order is byte order
function byName(a: Bucket, b: Bucket): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}
