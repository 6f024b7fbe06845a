import { encodeContinuationToken, parseListObjectsV2, renderListObjectsV2 } from "@holdfast/s3-protocol";
import { onBucket } from "../context.ts";
import { ownerOf } from "../domain/principal.ts";
import { askForPage } from "../list-page.ts";
import { ofBucket } from "../of-bucket.ts";

export const listObjectsV2 = onBucket(async (context) => {
  const { edge, bucket, query } = context;
  const { prefix, delimiter, encodingType, maxKeys, after, startAfter, continuationToken, fetchOwner } =
    parseListObjectsV2(query);
  const page = await askForPage(edge, maxKeys, ({ metadata }) =>
    metadata.ListObjects({ ...ofBucket(bucket), prefix, delimiter, startAfter: after, maxKeys }),
  );
  const { objects, commonPrefixes, isTruncated, next } = page;
  const body = renderListObjectsV2({
    bucket: bucket.name,
    prefix,
    delimiter,
    maxKeys,
    encodingType,
    startAfter,
    continuationToken,
    objects,
    commonPrefixes,
    isTruncated,
    nextContinuationToken: next === undefined ? undefined : encodeContinuationToken({ after: next }),
    owner: fetchOwner ? ownerOf(bucket.owner) : undefined,
  });
  return { status: 200, body };
});
