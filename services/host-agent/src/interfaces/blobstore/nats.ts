/**
 * Containers are the buckets of Holdfast's S3 store, which are NATS Object Stores: what a component writes is seen by S3 and by plain
 * clients, and the other way round. Records are written by object-metadata alone; bytes go to and come from JetStream directly.
 *
 * Whose buckets: those in `allowed`; without that list, those of `owner`, who also gets the ones that are made. Another bucket is, for a
 * component, not there.
 */
import { createHash } from "node:crypto";
import type { Bucket, objectMetadata, StoredObject } from "@holdfast/contracts";
import { type Client, isMeshError } from "@holdfast/micro";
import { type ChunkWriter, createChunkWriter, isLayoutError, readObject } from "@holdfast/object-layout";
import { isValidBucketName } from "@holdfast/s3-protocol";
import { type NatsConnection, nuid } from "@nats-io/nats-core";
import {
  type BlobStoreBackend,
  containerExists,
  noContainer,
  noObject,
  type ObjectReader,
  type ObjectWriter,
  type Range,
} from "./backend.ts";

export type NatsBlobStoreOptions = {
  readonly nc: NatsConnection;
  readonly metadata: Client<typeof objectMetadata>;
  /** Names of buckets; undefined: those of `owner`. */
  readonly allowed: readonly string[] | undefined;
  readonly owner: string;
};

/** How object-metadata is asked about a bucket: with its id, so that no later one of the same name is meant. */
type InBucket = { readonly bucket: string; readonly bucketId: string };

/** Up to here an object travels with its record, in one call. */
const inlineBytes = 32 * 1024;
/** 5 GiB, as of one PUT in S3. */
const maxObjectBytes = 5 * 1024 ** 3;
/** Bytes of one object on their way in either direction. */
const windowBytes = 2 * 1024 * 1024;
const bucketPattern = /^[a-zA-Z0-9._-]{1,255}$/;
const maxDeleted = 1_000;

export function natsBlobStore(options: NatsBlobStoreOptions): BlobStoreBackend {
  const { nc, metadata, owner, allowed } = options;

  const mayName = (name: string) =>
    bucketPattern.test(name) && (allowed === undefined || allowed.includes("*") || allowed.includes(name));

  const find = async (name: string): Promise<Bucket | undefined> => {
    if (!mayName(name)) return undefined;
    try {
      const bucket = await metadata.DescribeBucket({ bucket: name });
      return allowed === undefined && bucket.owner !== owner ? undefined : bucket;
    } catch (error) {
      if (isMeshError(error, "NoSuchBucket")) return undefined;
      throw inWords(error);
    }
  };

  const inBucket = async <T>(name: string, work: (bucket: InBucket, found: Bucket) => Promise<T>): Promise<T> => {
    const found = await find(name);
    if (found === undefined) throw hidden(name, allowed === undefined);
    try {
      return await work({ bucket: name, bucketId: found.id }, found);
    } catch (error) {
      throw isMeshError(error, "NoSuchBucket") ? noContainer(name) : inWords(error);
    }
  };

  const resolve = async (bucket: InBucket, name: string): Promise<StoredObject | undefined> => {
    try {
      return (await metadata.ResolveObject({ ...bucket, key: name })).object;
    } catch (error) {
      if (isMeshError(error, "NoSuchKey")) return undefined;
      throw error;
    }
  };

  return {
    async createContainer(name) {
      if (!mayName(name)) throw hidden(name, false);
      // the edge's rule for new buckets, which object-metadata leaves to those who ask it
      if (!isValidBucketName(name))
        throw new Error(`${JSON.stringify(name)} is no name of a bucket: 3 to 63 of a-z, 0-9, - and .`);
      try {
        return { createdAt: (await metadata.CreateBucket({ bucket: name, owner })).createdAt };
      } catch (error) {
        if (isMeshError(error, "BucketAlreadyExists") || isMeshError(error, "BucketAlreadyOwnedByYou"))
          throw containerExists(name);
        throw inWords(error);
      }
    },
    hasContainer: async (name) => (await find(name)) !== undefined,
    container: (name) => inBucket(name, async (_bucket, found) => found),
    deleteContainer: (name) => inBucket(name, async (bucket) => void (await metadata.DeleteBucket(bucket))),
    object: (container, name) =>
      inBucket(container, async (bucket) => {
        const object = await resolve(bucket, name);
        return object && { size: object.size, createdAt: object.lastModified };
      }),
    read: (container, name, choose) =>
      inBucket(container, async (bucket) => {
        const attempt = async () => {
          const object = await resolve(bucket, name);
          if (object === undefined) throw noObject(container, name);
          return startReading(nc, bucket.bucket, object, choose(object.size));
        };
        try {
          return await attempt();
        } catch (error) {
          // replaced, and its chunks freed, between the record and the first byte: there is a newer one
          if (isLayoutError(error, "MissingChunk")) return attempt();
          throw error;
        }
      }),
    write: (container, name) => inBucket(container, async (bucket) => writer(options, bucket, name)),
    list: (container, after, max) =>
      inBucket(container, async (bucket) => {
        const page = await metadata.ListObjects({ ...bucket, startAfter: after, maxKeys: Math.min(max, 1_000) });
        return { names: page.objects.map(({ key }) => key), isLast: !page.isTruncated };
      }),
    delete: (container, names) =>
      inBucket(container, async (bucket) => {
        for (let from = 0; from < names.length; from += maxDeleted) {
          const objects = names.slice(from, from + maxDeleted).map((key) => ({ key }));
          const { results } = await metadata.DeleteObjects({ ...bucket, objects });
          const failed = results.find(({ error }) => error !== undefined);
          if (failed?.error) throw new Error(`${JSON.stringify(failed.key)} was not deleted: ${failed.error.message}`);
        }
      }),
  };
}

/** Resolves when the first bytes are here, so that what cannot be read is still an error of the call. */
async function startReading(
  nc: NatsConnection,
  bucket: string,
  object: StoredObject,
  range: Range,
): Promise<ObjectReader> {
  const source = readObject(nc, object, { bucket, ...range, windowBytes });
  const first = await source.next();
  const bytes = async function* (): AsyncGenerator<Uint8Array, void> {
    try {
      if (first.done !== true) yield first.value;
      yield* source;
    } finally {
      await source.return();
    }
  };
  return { range, bytes: bytes() };
}

/** What object-metadata answers to CommitObject only when it has written nothing. */
const refusals = ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "QuotaExceeded", "NoSuchBucket"];

/** A small object is kept back and travels with its record; of a larger one the bytes go to the stream while they come. */
function writer({ nc, metadata }: NatsBlobStoreOptions, bucket: InBucket, key: string): ObjectWriter {
  const md5 = createHash("md5");
  const sha256 = createHash("sha256");
  let small: Uint8Array[] = [];
  let size = 0;
  let run: ChunkWriter | undefined;
  let isDone = false;

  const append = async (bytes: Uint8Array) => {
    if (run === undefined && size <= inlineBytes) {
      small.push(bytes);
      return;
    }
    if (run === undefined) {
      run = createChunkWriter(nc, { bucket: bucket.bucket, id: nuid.next(), windowBytes });
      for (const early of small) await run.write(early);
      small = [];
    }
    await run.write(bytes);
  };

  const commit = async () => {
    const object = {
      ...bucket,
      key,
      attributes: {},
      etag: md5.digest("hex"),
      sha256: base64urlPadded(sha256.digest()),
    };
    if (run === undefined) {
      await metadata.PutObject(object, { body: Buffer.concat(small) });
    } else {
      await metadata.CommitObject({ ...object, size, data: { kind: "run", run: await run.finish() } });
    }
  };

  return {
    async write(bytes) {
      size += bytes.length;
      if (size > maxObjectBytes) throw new Error(`an object has at most ${maxObjectBytes} bytes`);
      md5.update(bytes);
      sha256.update(bytes);
      await append(bytes).catch((error: unknown) => {
        throw inWords(error);
      });
    },
    async finish() {
      isDone = true;
      try {
        await commit();
      } catch (error) {
        // in doubt, the chunks stay: a record may name them by now. object-metadata's sweep decides
        if (!isMeshError(error) || refusals.includes(error.code)) await run?.abort();
        throw inWords(error);
      }
    },
    async abort() {
      if (isDone) return;
      isDone = true;
      await run?.abort();
    },
  };
}

/** As ADR-20 has it: the URL alphabet, with padding. */
function base64urlPadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}

/** Says what to do, and not whether there is such a bucket. */
function hidden(name: string, byOwner: boolean): Error {
  const advice = byOwner
    ? "one that was not made by workloads of this namespace has to be named in config.buckets"
    : "config.buckets does not name it";
  return new Error(`there is no container ${JSON.stringify(name)} for this workload (${advice})`);
}

/** A component learns what went wrong, with the code. */
function inWords(error: unknown): unknown {
  return isMeshError(error) ? new Error(`${error.code}: ${error.message}`, { cause: error }) : error;
}
