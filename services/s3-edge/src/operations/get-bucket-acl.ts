import { renderAcl } from "@holdfast/s3-protocol";
import { onBucket } from "../context.ts";
import { ownerOf } from "../domain/principal.ts";

export const getBucketAcl = onBucket(async ({ bucket }) => ({ status: 200, body: renderAcl(ownerOf(bucket.owner)) }));
