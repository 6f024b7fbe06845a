import { parseMultipartChecksum, renderInitiateMultipartUpload } from "@holdfast/s3-protocol";
import { onObject } from "../context.ts";
import { attributesOf } from "../new-object.ts";

export const createMultipartUpload = onObject(async (context) => {
  const { edge, bucket, key, headers, principal } = context;
  const checksum = parseMultipartChecksum(headers);
  const { uploadId } = await edge.multipart.CreateMultipartUpload({
    bucket: bucket.name,
    bucketId: bucket.id,
    key,
    owner: principal.user,
    attributes: attributesOf(headers),
    checksumAlgorithm: checksum?.algorithm,
    checksumType: checksum?.type,
  });
  const announced: [string, string][] = checksum
    ? [
        ["x-amz-checksum-algorithm", checksum.algorithm],
        ["x-amz-checksum-type", checksum.type],
      ]
    : [];
  return {
    status: 200,
    headers: announced,
    body: renderInitiateMultipartUpload({ bucket: bucket.name, key, uploadId }),
  };
});
