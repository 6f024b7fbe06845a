import { parseListMultipartUploads, renderListMultipartUploads } from "@holdfast/s3-protocol";
import { onBucket } from "../context.ts";
import { ownerOf } from "../domain/principal.ts";
import { askForPage } from "../list-page.ts";
import { ofBucket } from "../of-bucket.ts";

export const listMultipartUploads = onBucket(async (context) => {
  const { edge, bucket, query } = context;
  const { encodingType, ...asked } = parseListMultipartUploads(query);
  const page = await askForPage(edge, asked.maxUploads, ({ multipart }) =>
    multipart.ListMultipartUploads({ ...ofBucket(bucket), ...asked }),
  );
  const body = renderListMultipartUploads({
    bucket: bucket.name,
    ...asked,
    encodingType,
    ...page,
    uploads: page.uploads.map(({ owner, checksumAlgorithm: algorithm, checksumType: type, ...upload }) => ({
      ...upload,
      owner: ownerOf(owner),
      checksum: algorithm && type ? { algorithm, type } : undefined,
    })),
  });
  return { status: 200, body };
});
