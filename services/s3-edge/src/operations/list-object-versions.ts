import { parseListObjectVersions, renderListObjectVersions } from "@holdfast/s3-protocol";
import { onBucket } from "../context.ts";
import { ownerOf } from "../domain/principal.ts";
import { listPage } from "../list-page.ts";

/** Every object is version `null` until versioning is built. */
export const listObjectVersions = onBucket(async (context) => {
  const { bucket, query } = context;
  const { prefix, delimiter, encodingType, keyMarker, versionIdMarker, maxKeys, after } =
    parseListObjectVersions(query);
  const page = await listPage(context, { prefix, delimiter, startAfter: after, maxKeys });
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
