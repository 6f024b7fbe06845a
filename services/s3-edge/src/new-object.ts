/** What a request says about the object that it creates. */
import type { ObjectAttributes } from "@holdfast/contracts";
import {
  parseContentHeaders,
  parseStorageClass,
  parseTaggingHeader,
  parseUserMetadata,
  type RequestHeaders,
  s3Error,
} from "@holdfast/s3-protocol";

/** 5 GiB: the largest body of one PUT, one part, one copy. */
export const maxSinglePut = 5 * 1024 ** 3;

/** Content headers, user metadata, tags and storage class from a request's headers. Throws S3's codes. */
export function attributesOf(headers: RequestHeaders): ObjectAttributes {
  return {
    headers: parseContentHeaders(headers),
    userMetadata: userMetadata(headers),
    tags: parseTaggingHeader(headers),
    storageClass: parseStorageClass(headers),
  };
}

function userMetadata(headers: RequestHeaders): Record<string, string> {
  // zod leaves this one name out of every record, for safety: better refused than lost on the way.
  if (headers.has("x-amz-meta-__proto__")) {
    throw s3Error("InvalidRequest", { message: "The metadata name __proto__ is not supported." });
  }
  return parseUserMetadata(headers);
}
