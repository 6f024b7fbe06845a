import { parseListObjectVersions, renderListObjectVersions } from "@holdfast/s3-protocol";
import { onBucket } from "../context.ts";
import { ownerOf } from "../domain/principal.ts";
import { askForPage } from "../list-page.ts";
import { ofBucket } from "../of-bucket.ts";

/** Every object is version `null` until versioning is built. */
export const listObjectVersions = onBucket(async (context) => {
  const { edge, bucket, query } = context;
  const { prefix, delimiter, encodingType, keyMarker, versionIdMarker, maxKeys, after } =
    parseListObjectVersions(query);
  const page = await askForPage(edge, maxKeys, ({ metadata }) =>
    metadata.ListObjects({ ...ofBucket(bucket), prefix, delimiter, startAfter: after, maxKeys }),
  );
  const { objects, commonPrefixes, isTruncated, next } = page;
  const body = renderListObjectVersions({
    bucket: bucket.name,
    prefix,
    delimiter,
    keyMarker,
    versionIdMarker,
    maxKeys,
    encodingType,
    versions: objects.map((object) => ({ ...object, versionId: "null", isLatest: true })),
    commonPrefixes,
    isTruncated,
    nextKeyMarker: next,
    nextVersionIdMarker: next !== undefined && objects.at(-1)?.key === next ? "null" : undefined,
    owner: ownerOf(bucket.owner),
  });
  return { status: 200, body };
});
