/**
 * Puts the bytes of a body into the bucket's stream, as a run of chunks that nothing names yet, and has it named.
 *
 * Chunks are freed only while no record can name them: before the call that commits them, or when its answer says for sure that it
 * did not. When that is in doubt (a timeout, a lost connection) they stay, and object-metadata's sweep decides.
 */
import { AsyncResource } from "node:async_hooks";
import type { ChunkRun } from "@holdfast/contracts";
import { isMeshError } from "@holdfast/micro";
import { isStorageError } from "@holdfast/jetstream";
import { createChunkWriter } from "@holdfast/object-layout";
import { SpanKind, withSpan } from "@holdfast/runtime";
import { requireSameBucket } from "./access.ts";
import type { BucketContext } from "./context.ts";
import type { Digests } from "./hashes.ts";
import type { HashedBytes } from "./receive-body.ts";

export type RunTarget = { readonly id: string; readonly windowBytes: number };

/** `discard` frees the chunks, which no record may name. */
export type StoredRun<D extends Digests = Digests> = { readonly run: ChunkRun; readonly digests: D; discard(): void };

/** Writes all bytes and waits for their acks. When anything fails, a wrong digest included, what was written is freed again. */
export async function storeVerified<D extends Digests>(
  context: BucketContext,
  { id, windowBytes }: RunTarget,
  body: HashedBytes<D>,
): Promise<StoredRun<D>> {
  const { edge, bucket } = context;
  const writer = createChunkWriter(edge.bulk, { bucket: bucket.name, id, windowBytes, size: body.length });
  // Not waited for: the client's answer does not get truer by it.
  const discard = () => edge.background.run(writer.abort());
  const store = async (): Promise<StoredRun<D>> => {
    // The socket would call it without the request's id and trace.
    await body.pour(AsyncResource.bind((bytes) => writer.write(bytes)));
    const digests = body.digests();
    return { run: await writer.finish(), digests, discard };
  };
  try {
    return await withSpan("jetstream publish", store, { kind: SpanKind.CLIENT });
  } catch (error) {
    discard();
    // No stream listens: has the bucket gone?
    if (isStorageError(error, "NoResponders")) {
      edge.buckets.forget(bucket.name);
      await requireSameBucket(context);
    }
    throw error;
  }
}

/** What object-metadata answers to CommitObject only when it has written nothing. */
const refusals = ["PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey", "QuotaExceeded"];

/** Commits a run as an object. When that was refused for sure, its chunks are freed. */
export async function commitRun<T>(context: BucketContext, stored: StoredRun, commit: () => Promise<T>): Promise<T> {
  try {
    await requireSameBucket(context);
  } catch (error) {
    stored.discard();
    throw error;
  }
  try {
    return await commit();
  } catch (error) {
    if (isMeshError(error) && refusals.includes(error.code)) stored.discard();
    throw error;
  }
}
