/** ResolveObject: the record of a key. */
import type { objectMetadata } from "@holdfast/contracts";
import type { Input, Output } from "@holdfast/micro/contract";
import { isExpired } from "@holdfast/object-layout";
import { noSuchKey } from "../errors.ts";
import type { Parts } from "../parts.ts";

type Resolve = (typeof objectMetadata)["endpoints"]["ResolveObject"];

export function resolveObject(
  { buckets, records, now }: Parts,
  { key, ...where }: Input<Resolve>,
): Promise<Output<Resolve>> {
  return buckets.use(where, async (bucket) => {
    const found = await records.read(bucket, key);
    if (found?.record.kind !== "object") throw noSuchKey(key, found?.message.sequence);
    const { object } = found.record;
    if (isExpired(bucket.bucket.storage, object, now())) throw noSuchKey(key, found.message.sequence);
    return { object };
  });
}
