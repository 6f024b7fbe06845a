import type { Bucket, objectMetadata } from "@holdfast/contracts";
import type { Input, Output } from "@holdfast/micro/contract";
import { isExpired } from "@holdfast/object-layout";
import type { IndexEntry } from "../domain/index-row.ts";
import { listPage } from "../domain/list-page.ts";
import { toMeshError } from "../errors.ts";
import type { Parts } from "../parts.ts";

type List = (typeof objectMetadata)["endpoints"]["ListObjects"];

/** One page of the index, fenced: every write acknowledged before the call is in it. */
export async function listObjects({ buckets, sync, now }: Parts, input: Input<List>): Promise<Output<List>> {
  const bucket = await buckets
    .use(input, () => sync.fenced(input.bucket))
    .catch((error: unknown) => {
      throw toMeshError(error, input.bucket);
    });
  const page = listPage(bucket.index, input, notExpired(bucket.bucket, now()));
  return {
    objects: page.entries.map(({ key, value: { etag, size, lastModified, storageClass, checksum } }) =>
      checksum === undefined
        ? { key, etag, size, lastModified, storageClass }
        : { key, etag, size, lastModified, storageClass, checksum },
    ),
    commonPrefixes: page.commonPrefixes,
    isTruncated: page.isTruncated,
    ...(page.next === undefined ? {} : { next: page.next }),
  };
}

/** Which entries the stream's age limit has left: it drops records without a trace. Undefined where there is none. */
export function notExpired(
  { storage }: Bucket,
  now: number,
): ((entry: Pick<IndexEntry, "lastModified">) => boolean) | undefined {
  return storage.maxAgeSeconds === 0 ? undefined : (entry) => !isExpired(storage, entry, now);
}
