import { parseListObjects, renderListObjects } from "@holdfast/s3-protocol";
import { onBucket } from "../context.ts";
import { ownerOf } from "../domain/principal.ts";
import { askForPage } from "../list-page.ts";
import { ofBucket } from "../of-bucket.ts";

export const listObjects = onBucket(async (context) => {
  const { edge, bucket, query } = context;
  const { prefix, delimiter, encodingType, marker, maxKeys, startAfter } = parseListObjects(query);
  const page = await askForPage(edge, maxKeys, ({ metadata }) =>
    metadata.ListObjects({ ...ofBucket(bucket), prefix, delimiter, startAfter, maxKeys }),
  );
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
