/**
 * What a client stores with an object and gets back: content headers, user metadata, storage class.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html
 */
import { s3Error } from "../errors.ts";
import { headerNotImplemented } from "../operations/screen.ts";
import type { RequestHeaders } from "../requests/headers.ts";
import { checkHeaderValue, decodeHeaderValue, encodeHeaderValue, isHeaderSafe } from "./header-text.ts";

/** Bytes of UTF-8 that all names (without prefix) and values of user metadata may have together. */
export const maxUserMetadataBytes = 2048;
/** What S3 answers for an object that was stored without a Content-Type. */
export const defaultContentType = "binary/octet-stream";

const metadataPrefix = "x-amz-meta-";
const contentHeaders = [
  "content-type",
  "content-encoding",
  "content-language",
  "content-disposition",
  "cache-control",
  "expires",
];

/** `x-amz-meta-*` without the prefix, by lower-case name. Throws MetadataTooLarge, InvalidArgument, and NotImplemented for `__proto__`. */
export function parseUserMetadata(headers: RequestHeaders): Record<string, string> {
  const entries: [string, string][] = [];
  let size = 0;
  for (const [header, raw] of headers.entries()) {
    if (!header.startsWith(metadataPrefix)) continue;
    checkHeaderValue(header, raw);
    const name = header.slice(metadataPrefix.length);
    // No validator of ours lets this name through, and metadata must not get lost: better none than some of it.
    if (name === "__proto__") throw headerNotImplemented(header);
    size += Buffer.byteLength(name) + Buffer.byteLength(raw, "latin1");
    entries.push([name, decodeHeaderValue(raw)]);
  }
  if (size > maxUserMetadataBytes) {
    throw s3Error("MetadataTooLarge", { fields: { Size: String(size), MaxSizeAllowed: String(maxUserMetadataBytes) } });
  }
  return Object.fromEntries(entries);
}

/**
 * User metadata as response headers, the same for GET and HEAD. What cannot stand in a header (a plain NATS client may
 * have written it) is counted in `x-amz-missing-meta`, as S3 does.
 */
export function renderUserMetadata(metadata: Readonly<Record<string, string>>): [string, string][] {
  const headers: [string, string][] = [];
  let missing = 0;
  for (const [name, value] of Object.entries(metadata)) {
    if (/^[!#$%&'*+.^_`|~0-9a-zA-Z-]+$/.test(name) && isHeaderSafe(value)) {
      headers.push([`${metadataPrefix}${name.toLowerCase()}`, encodeHeaderValue(value)]);
    } else missing += 1;
  }
  return missing === 0 ? headers : [...headers, ["x-amz-missing-meta", String(missing)]];
}

/** Content-Type, -Encoding (without `aws-chunked`), -Language, -Disposition, Cache-Control and Expires, by lower-case name. */
export function parseContentHeaders(headers: RequestHeaders): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of contentHeaders) {
    const raw = headers.get(name);
    if (raw === undefined) continue;
    checkHeaderValue(name, raw);
    const value = name === "content-encoding" ? withoutAwsChunked(raw) : raw;
    if (value !== "") found[name] = decodeHeaderValue(value);
  }
  return found;
}

/** Stored content headers as response headers, Content-Type with S3's default. */
export function renderContentHeaders(stored: Readonly<Record<string, string>>): [string, string][] {
  const headers: [string, string][] = [];
  for (const name of contentHeaders) {
    const value = stored[name] ?? (name === "content-type" ? defaultContentType : undefined);
    if (value !== undefined && isHeaderSafe(value)) headers.push([name, encodeHeaderValue(value)]);
  }
  return headers;
}

/** `aws-chunked` says how the body came, not what it is. */
function withoutAwsChunked(value: string): string {
  if (!/aws-chunked/i.test(value)) return value;
  return value
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding.toLowerCase() !== "aws-chunked")
    .join(",");
}

/** Classes that are labels here: stored and returned, with the same bytes behind all of them. */
const storageClasses = new Set([
  "STANDARD",
  "REDUCED_REDUNDANCY",
  "STANDARD_IA",
  "ONEZONE_IA",
  "INTELLIGENT_TIERING",
  "GLACIER_IR",
]);
/** Objects of these cannot be read before RestoreObject, which is not built. */
const archiveClasses = new Set(["GLACIER", "DEEP_ARCHIVE"]);

/** `x-amz-storage-class`, STANDARD by default. Throws InvalidStorageClass, NotImplemented for archives. */
export function parseStorageClass(headers: RequestHeaders): string {
  const storageClass = headers.get("x-amz-storage-class")?.trim();
  if (storageClass === undefined || storageClass === "") return "STANDARD";
  if (archiveClasses.has(storageClass)) throw headerNotImplemented("x-amz-storage-class");
  if (!storageClasses.has(storageClass)) {
    throw s3Error("InvalidStorageClass", { fields: { StorageClassRequested: storageClass } });
  }
  return storageClass;
}
