import { BucketStorage, type objectMetadata } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import type { Input, Output } from "@holdfast/micro/contract";
import { isStorageError } from "@holdfast/jetstream";
import { streamName } from "@holdfast/object-layout";
import { newStreamConfig } from "../domain/bucket-config.ts";
import { toMeshError } from "../errors.ts";
import type { Parts } from "../parts.ts";

type Create = (typeof objectMetadata)["endpoints"]["CreateBucket"];

/** STREAM_NAME_EXIST and STREAM_SUBJECT_OVERLAP: somebody has it. */
const taken = [10058, 10065];

/** Makes the stream: JetStream decides who was first. The random id makes two creations differ. */
export async function createBucket(parts: Parts, input: Input<Create>): Promise<Output<Create>> {
  const { bucket: name, owner, location } = input;
  const storage = BucketStorage.parse({ ...parts.storage, ...withoutUndefined(input.storage) });
  const created = { name, id: parts.newId(), owner, createdAt: parts.now(), location, storage };
  try {
    await parts.js.api(`STREAM.CREATE.${streamName(name)}`, newStreamConfig(created));
  } catch (error) {
    if (!isStorageError(error, "Refused")) throw toMeshError(error, name);
    if (taken.includes(error.apiCode ?? 0)) throw await takenBy(parts, name, owner);
    throw fail("InvalidArgument", "JetStream refuses a stream with this storage", { cause: error });
  }
  parts.buckets.invalidate(name);
  parts.announce(name);
  const { storage: _, ...rest } = created;
  return { ...rest, storage };
}

async function takenBy({ buckets }: Parts, name: string, owner: string): Promise<Error> {
  const found = await buckets.look(name).catch(() => undefined);
  // being deleted: whether it will be there in a moment is open
  if (found?.bucket.frozenAt !== undefined) return fail("SlowDown", `bucket ${name} is just being deleted`);
  if (found?.bucket.bucket.owner === owner) return fail("BucketAlreadyOwnedByYou", `bucket ${name} is yours already`);
  return fail("BucketAlreadyExists", `bucket ${name} belongs to somebody else`);
}

function withoutUndefined<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
