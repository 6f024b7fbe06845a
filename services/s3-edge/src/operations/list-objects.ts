import { parseListObjects, renderListObjects } from "@holdfast/s3-protocol";
import { onBucket } from "../context.ts";
import { ownerOf } from "../domain/principal.ts";
import { listPage } from "../list-page.ts";

export const listObjects = onBucket(async (context) => {
  const { bucket, query } = context;
  const { prefix, delimiter, encodingType, marker, maxKeys, startAfter } = parseListObjects(query);
  const page = await listPage(context, { prefix, delimiter, startAfter, maxKeys });
  const { objects, commonPrefixes, isTruncated, next } = page;
  const body = renderListObjects({
    bucket: bucket.name,
    prefix,
    delimiter,
    marker,
    maxKeys,
    encodingType,
    objects,
    commonPrefixes,
    isTruncated,
    nextMarker: next,
    owner: ownerOf(bucket.owner),
  });
  return { status: 200, body };
});
