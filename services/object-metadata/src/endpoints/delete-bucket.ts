/**
 * DeleteBucket without losing a PUT that is acknowledged in the same moment (docs/decisions/0001-storage-layout.md):
 *
 *   open -> frozen (subjects swapped: writes find no stream)  -> barrier (what was under way before is stored)
 *        -> empty: stream deleted | not empty, or too slow: subjects put back
 */
import type { objectMetadata } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import type { Input, Output } from "@holdfast/micro/contract";
import { isStorageError } from "@holdfast/jetstream";
import { frozenSubjects } from "@holdfast/object-layout";
import type { OpenBucket } from "../adapters/buckets.ts";
import { frozenConfig, thawedConfig } from "../domain/bucket-config.ts";
import { listPage } from "../domain/list-page.ts";
import { notExpired } from "./list-objects.ts";
import { noSuchBucket, toMeshError } from "../errors.ts";
import type { Parts } from "../parts.ts";

type Delete = (typeof objectMetadata)["endpoints"]["DeleteBucket"];

/** A frozen bucket is thawed by others after a minute: nobody may delete what may have been thawed. */
const patienceMs = 15_000;

export async function deleteBucket(parts: Parts, { bucket: name, bucketId }: Input<Delete>): Promise<Output<Delete>> {
  try {
    const found = await parts.sync.fenced(name);
    if (bucketId !== undefined && found.bucket.id !== bucketId) throw noSuchBucket(name);
    // somebody else deletes it; what a crash left frozen is thawed first
    if (found.frozenAt !== undefined) await parts.buckets.get(name).catch(refuseAsAborted);
    if (!isEmpty(parts, found)) throw notEmpty();
    await deleteEmpty(parts, found);
    return {};
  } catch (error) {
    throw toMeshError(error, name);
  }
}

async function deleteEmpty(parts: Parts, bucket: OpenBucket): Promise<void> {
  const { js, buckets, sync, announce, log } = parts;
  const { name, stream } = bucket;
  const began = performance.now();
  const by = `${parts.now()} ${parts.newId()}`;
  try {
    await js.api(`STREAM.UPDATE.${stream}`, frozenConfig(bucket, by));
    announce(name);
    await barrier(parts, bucket);
    const frozen = await sync.fenced(name);
    if (!isEmpty(parts, frozen)) throw notEmpty();
    const isStillOurs = frozen.frozenBy === by && performance.now() - began < patienceMs;
    if (!isStillOurs) throw fail("OperationAborted", "another operation on this bucket is under way");
    await js.api(`STREAM.DELETE.${stream}`);
  } catch (error) {
    await thaw(parts, name, by).catch((cause: unknown) =>
      log.error({ err: cause, bucket: name }, "a bucket stays frozen until somebody finds it in a minute"),
    );
    throw error;
  } finally {
    announce(name);
  }
  // finds it gone, and forgets the index
  await buckets.look(name).catch(() => undefined);
  log.info({ bucket: name }, "bucket deleted");
}

/** Messages are stored in order: once this one is answered, whatever was accepted before the freeze is in the stream. */
async function barrier({ js }: Parts, { name }: OpenBucket): Promise<void> {
  const [chunks] = frozenSubjects(name);
  try {
    await js.publish((chunks ?? "").replace(">", "barrier"), "");
  } catch (error) {
    // refused in its turn (a full stream) is as good an answer
    if (!isStorageError(error, "QuotaExceeded") && !isStorageError(error, "Refused")) throw error;
  }
}

async function thaw({ js, buckets }: Parts, name: string, by: string): Promise<void> {
  const { bucket } = await buckets.look(name);
  if (bucket.frozenBy !== by) return;
  await js.api(`STREAM.UPDATE.${bucket.stream}`, thawedConfig(bucket));
  for (const subject of frozenSubjects(name)) await js.purge(bucket.stream, subject);
}

function isEmpty({ now }: Parts, { index, bucket }: OpenBucket): boolean {
  const query = { prefix: "", delimiter: "", startAfter: "", maxKeys: 1 };
  return listPage(index, query, notExpired(bucket, now())).entries.length === 0;
}

function notEmpty(): Error {
  return fail("BucketNotEmpty", "the bucket holds objects");
}

function refuseAsAborted(error: unknown): never {
  if (!isStorageError(error, "NoResponders")) throw error;
  throw fail("OperationAborted", "another operation on this bucket is under way", { cause: error });
}
