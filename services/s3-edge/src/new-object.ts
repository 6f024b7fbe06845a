/** What a request says about the object that it creates. */
import type { ObjectAttributes } from "@holdfast/contracts";
import {
  parseContentHeaders,
  parseStorageClass,
  parseTaggingHeader,
  parseUserMetadata,
  type RequestHeaders,
} from "@holdfast/s3-protocol";

/** 5 GiB: the largest body of one PUT, one part, one copy. */
export const maxSinglePut = 5 * 1024 ** 3;

/** Content headers, user metadata, tags and storage class from a request's headers. Throws S3's codes. */
export function attributesOf(headers: RequestHeaders): ObjectAttributes {
  return {
    headers: parseContentHeaders(headers),
    userMetadata: parseUserMetadata(headers),
    tags: parseTaggingHeader(headers),
    storageClass: parseStorageClass(headers),
  };
}
