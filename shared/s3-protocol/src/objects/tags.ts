/**
 * Object tags: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html
 * Lengths are counted in UTF-16 units, as S3 documents.
 */
import { s3Error } from "../errors.ts";
import type { RequestHeaders } from "../requests/headers.ts";
import { parseQuery } from "../requests/query.ts";

export type ObjectTag = { readonly key: string; readonly value: string };

/** Tags that an object may have. */
export const maxObjectTags = 10;
// AWS's own pattern for tags.
const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** Throws BadRequest for too many tags and InvalidTag for a key or value that S3 does not take, or a key given twice. */
export function validateTags(tags: readonly ObjectTag[]): void {
  if (tags.length > maxObjectTags) {
    throw s3Error("BadRequest", { message: `Object tags cannot be greater than ${maxObjectTags}` });
  }
  const seen = new Set<string>();
  for (const { key, value } of tags) {
    if (key === "" || key.length > 128 || !allowed.test(key)) throw invalidTag("TagKey", key);
    if (value.length > 256 || !allowed.test(value)) throw invalidTag("TagValue", value);
    if (key.startsWith("aws:")) {
      throw s3Error("InvalidTag", {
        message: "System tags cannot be added/updated by requester",
        fields: { TagKey: key },
      });
    }
    if (seen.has(key)) {
      throw s3Error("InvalidTag", {
        message: "Cannot provide multiple Tags with the same key",
        fields: { TagKey: key },
      });
    }
    seen.add(key);
  }
}

function invalidTag(part: "TagKey" | "TagValue", value: string) {
  return s3Error("InvalidTag", { message: `The ${part} you have provided is invalid`, fields: { [part]: value } });
}

/** `x-amz-tagging` (`k=v&k2=v2`, URL-encoded): no header, no tags. Throws InvalidArgument, and as `validateTags`. */
export function parseTaggingHeader(headers: RequestHeaders): ObjectTag[] {
  const header = headers.get("x-amz-tagging");
  if (header === undefined) return [];
  const tags = parsePairs(header);
  if (new Set(tags.map(({ key }) => key)).size < tags.length) throw malformed(header);
  validateTags(tags);
  return tags;
}

function parsePairs(header: string): ObjectTag[] {
  try {
    return parseQuery(header).parameters.map(({ name, value }) => ({ key: name, value }));
  } catch (cause) {
    throw malformed(header, cause);
  }
}

function malformed(header: string, cause?: unknown) {
  return s3Error("InvalidArgument", {
    message:
      "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
    fields: { ArgumentName: "x-amz-tagging", ArgumentValue: header },
    cause,
  });
}
