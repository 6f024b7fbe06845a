import { parseListParts, renderListParts } from "@holdfast/s3-protocol";
import { onObject } from "../context.ts";
import { ownerOf } from "../domain/principal.ts";
import { askForPage } from "../list-page.ts";
import { ofUpload } from "../upload.ts";

export const listParts = onObject(async (context) => {
  const { edge, bucket, key, query } = context;
  const { uploadId, maxParts, partNumberMarker, encodingType } = parseListParts(query);
  const page = await askForPage(edge, maxParts, ({ multipart }) =>
    multipart.ListParts({ ...ofUpload(context, uploadId), maxParts, partNumberMarker }),
  );
  const { checksumAlgorithm: algorithm, checksumType: type } = page;
  const body = renderListParts({
    bucket: bucket.name,
    key,
    uploadId,
    owner: ownerOf(page.owner),
    storageClass: page.storageClass,
    partNumberMarker,
    nextPartNumberMarker: page.nextPartNumberMarker,
    maxParts,
    isTruncated: page.isTruncated,
    encodingType,
    checksum: algorithm && type ? { algorithm, type } : undefined,
    parts: page.parts.map(({ checksum, ...part }) => ({
      ...part,
      checksum: algorithm && checksum !== undefined ? { algorithm, value: checksum } : undefined,
    })),
  });
  return { status: 200, body };
});
