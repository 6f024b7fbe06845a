import type { objectMetadata } from "@holdfast/contracts";
import type { Input, Output } from "@holdfast/micro/contract";
import { toMeshError } from "../errors.ts";
import type { Parts } from "../parts.ts";

type List = (typeof objectMetadata)["endpoints"]["ListBuckets"];

/** Buckets in order of their names, read from JetStream anew: a bucket made on another instance is in. */
export async function listBuckets({ buckets }: Parts, input: Input<List>): Promise<Output<List>> {
  const { owner, prefix, maxBuckets, startAfter } = input;
  const all = await buckets.list().catch((error: unknown) => {
    throw toMeshError(error, "");
  });
  const matching = all.filter(
    (bucket) =>
      (owner === undefined || bucket.owner === owner) && bucket.name.startsWith(prefix) && bucket.name > startAfter,
  );
  return { buckets: matching.slice(0, maxBuckets), isTruncated: matching.length > maxBuckets };
}
