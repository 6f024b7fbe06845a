/**
 * Conditional requests: RFC 9110, 13, in the order that S3 documents for its combinations.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-requests.html
 */
import { s3Error } from "../errors.ts";
import { headerNotImplemented } from "../operations/screen.ts";
import type { RequestHeaders } from "../requests/headers.ts";
import { matchesStrongly, matchesWeakly, parseETagCondition, unquoteETag } from "./etag.ts";
import { parseHttpDate } from "./http-date.ts";

/** What conditions are about. `etag` without quotes, `lastModified` in milliseconds since the epoch. */
export type Representation = { readonly etag: string; readonly lastModified: number };

type ConditionHeaders = {
  readonly "if-match": string | undefined;
  readonly "if-none-match": string | undefined;
  readonly "if-modified-since": string | undefined;
  readonly "if-unmodified-since": string | undefined;
};

/**
 * Decides the four read conditions. If-Match silences If-Unmodified-Since, If-None-Match silences If-Modified-Since.
 * Throws PreconditionFailed (412); answers "notModified" where S3 answers 304.
 */
export function evaluateReadConditions(headers: RequestHeaders, object: Representation): "proceed" | "notModified" {
  const failed = failedCondition(conditionHeaders(headers, ""), object);
  if (failed === undefined) return "proceed";
  if (failed === "If-None-Match" || failed === "If-Modified-Since") return "notModified";
  throw s3Error("PreconditionFailed", { fields: { Condition: failed } });
}

/** Decides the `x-amz-copy-source-if-*` conditions about a copy's source. Throws PreconditionFailed. */
export function checkCopySourceConditions(headers: RequestHeaders, source: Representation): void {
  const failed = failedCondition(conditionHeaders(headers, "x-amz-copy-source-"), source);
  if (failed !== undefined) {
    throw s3Error("PreconditionFailed", { fields: { Condition: `x-amz-copy-source-${failed}` } });
  }
}

function conditionHeaders(headers: RequestHeaders, prefix: string): ConditionHeaders {
  return {
    "if-match": headers.get(`${prefix}if-match`),
    "if-none-match": headers.get(`${prefix}if-none-match`),
    "if-modified-since": headers.get(`${prefix}if-modified-since`),
    "if-unmodified-since": headers.get(`${prefix}if-unmodified-since`),
  };
}

function failedCondition(headers: ConditionHeaders, object: Representation): string | undefined {
  // HTTP dates have no milliseconds: an object is not newer than the Last-Modified it was answered with.
  const modified = Math.floor(object.lastModified / 1000) * 1000;
  const ifMatch = headers["if-match"];
  const ifNoneMatch = headers["if-none-match"];
  if (ifMatch !== undefined) {
    if (!matchesStrongly(parseETagCondition(ifMatch), object.etag)) return "If-Match";
  } else if (isBefore(headers["if-unmodified-since"], modified)) return "If-Unmodified-Since";
  if (ifNoneMatch !== undefined) {
    if (matchesWeakly(parseETagCondition(ifNoneMatch), object.etag)) return "If-None-Match";
    return undefined;
  }
  const since = headers["if-modified-since"];
  const time = since === undefined ? undefined : parseHttpDate(since);
  return time !== undefined && modified <= time ? "If-Modified-Since" : undefined;
}

/** Whether a date header names a moment before `modified`; a header that is no date is ignored (RFC 9110, 13.1.4). */
function isBefore(header: string | undefined, modified: number): boolean {
  const time = header === undefined ? undefined : parseHttpDate(header);
  return time !== undefined && time < modified;
}

/**
 * Whether a Range header counts: without If-Range always, else only if the object is still the one it names
 * (RFC 9110, 13.1.5). Otherwise a client that resumes a download would join two versions of an object.
 */
export function rangeApplies(headers: RequestHeaders, object: Representation): boolean {
  const validator = headers.get("if-range");
  if (validator === undefined) return true;
  const time = parseHttpDate(validator);
  if (time !== undefined) return time === Math.floor(object.lastModified / 1000) * 1000;
  const condition = parseETagCondition(validator);
  return !condition.any && condition.tags.length === 1 && matchesStrongly(condition, object.etag);
}

/** Conditions of a write, as the contracts carry them. */
export type ParsedWriteConditions = { ifMatch?: string; ifNoneMatch?: "*" };

/**
 * The conditions of PutObject, CopyObject, CompleteMultipartUpload and DeleteObject.
 * S3 knows If-None-Match only with `*`, If-Match only with one ETag (or `*`): NotImplemented for everything else.
 */
export function parseWriteConditions(headers: RequestHeaders): ParsedWriteConditions {
  const ifMatch = headers.get("if-match")?.trim();
  const ifNoneMatch = headers.get("if-none-match")?.trim();
  if (ifNoneMatch !== undefined && (unquoteETag(ifNoneMatch) !== "*" || ifMatch !== undefined)) {
    throw headerNotImplemented("If-None-Match");
  }
  if (ifNoneMatch !== undefined) return { ifNoneMatch: "*" };
  if (ifMatch === undefined) return {};
  const { tags } = parseETagCondition(ifMatch);
  if (tags.length !== 1 || ifMatch.length > 256) throw headerNotImplemented("If-Match");
  return { ifMatch: unquoteETag(ifMatch) };
}
