/** The handlers of object-metadata: what is long has a file of its own under endpoints/. */
import type { objectMetadata } from "@holdfast/contracts";
import type { Handlers } from "@holdfast/micro";
import { commitObject } from "./endpoints/commit-object.ts";
import { compactObject } from "./endpoints/compact-object.ts";
import { createBucket } from "./endpoints/create-bucket.ts";
import { deleteBucket } from "./endpoints/delete-bucket.ts";
import { deleteObject, deleteObjects } from "./endpoints/delete-object.ts";
import { listBuckets } from "./endpoints/list-buckets.ts";
import { listObjects } from "./endpoints/list-objects.ts";
import { putObject } from "./endpoints/put-object.ts";
import { putObjectTagging } from "./endpoints/put-object-tagging.ts";
import { resolveObject } from "./endpoints/resolve-object.ts";
import type { Parts } from "./parts.ts";

export function createObjectMetadata(parts: Parts): Handlers<typeof objectMetadata> {
  return {
    CreateBucket: (input) => createBucket(parts, input),
    DescribeBucket: ({ bucket }) => parts.buckets.use(bucket, (found) => Promise.resolve(found.bucket)),
    ListBuckets: (input) => listBuckets(parts, input),
    DeleteBucket: (input) => deleteBucket(parts, input),
    PutObject: (input, call) => putObject(parts, input, call.body),
    CommitObject: (input) => commitObject(parts, input),
    ResolveObject: (input) => resolveObject(parts, input),
    DeleteObject: (input) => deleteObject(parts, input),
    DeleteObjects: (input) => deleteObjects(parts, input),
    PutObjectTagging: (input) => putObjectTagging(parts, input),
    ListObjects: (input) => listObjects(parts, input),
    CompactObject: (input, call) => compactObject(parts, input, call.signal),
    Sweep: ({ bucket, purge }) => parts.sweeper.sweep(bucket, purge),
  };
}
