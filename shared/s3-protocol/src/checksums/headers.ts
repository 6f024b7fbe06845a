/**
 * What a request says about checksums, with S3's own refusals.
 *
 * Codes, messages and their precedence were observed on AWS by OpenStack Swift's cross-compatibility tests
 * (https://github.com/openstack/swift/blob/master/test/s3api/test_input_errors.py, 2026) and are described in
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 */
import { s3Error, type S3Error } from "../errors.ts";
import {
  checksumAlgorithmOf,
  checksumAlgorithmOfHeader,
  checksumAlgorithms,
  checksumHeader,
  checksumTypes,
  decodeChecksum,
  defaultChecksumType,
  isLegalChecksumType,
  type ChecksumAlgorithm,
  type ChecksumType,
} from "./algorithms.ts";

/** Read access to a request's headers by lower-case name; repeated fields joined by commas. */
export type HeaderLookup = { get(name: string): string | undefined; names(): Iterable<string> };

/** The checksum of a request's body: given in a header (`value`, base64), or announced to come in a trailer. */
export type DeclaredChecksum = {
  readonly algorithm: ChecksumAlgorithm;
  readonly trailer: boolean;
  readonly value?: string;
};

const sdkHeader = "x-amz-sdk-checksum-algorithm";
/** `x-amz-checksum-*` headers that carry no value of a checksum. */
const otherChecksumHeaders = new Set(["x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-checksum-mode"]);
const newerAlgorithms = new Set(["md5", "sha512", "xxhash3", "xxhash64", "xxhash128"]);

const invalidRequest = (message: string): S3Error => s3Error("InvalidRequest", { message });
const invalidValue = (header: string) => invalidRequest(`Value for ${header} header is invalid.`);
const severalChecksums = () =>
  invalidRequest("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");

function isValueHeader(name: string): boolean {
  return name.startsWith("x-amz-checksum-") && !otherChecksumHeaders.has(name);
}

function algorithmOfValueHeader(name: string): ChecksumAlgorithm {
  const algorithm = checksumAlgorithmOfHeader(name);
  if (algorithm !== undefined) return algorithm;
  if (newerAlgorithms.has(name.slice("x-amz-checksum-".length))) {
    throw s3Error("NotImplemented", { fields: { Header: name } });
  }
  throw invalidRequest("The algorithm type you specified in x-amz-checksum- header is invalid.");
}

/** The names in `x-amz-trailer`, lower-case. Throws InvalidRequest for a trailer that is no checksum (S3 takes no other). */
export function parseAnnouncedTrailers(headers: Pick<HeaderLookup, "get">): string[] {
  const announced = headers.get("x-amz-trailer");
  if (announced === undefined) return [];
  // AWS takes commas behind the last name, and refuses an empty name anywhere else.
  const listed = announced.split(",").map((name) => name.trim().toLowerCase());
  const names = listed.slice(0, listed.findLastIndex((name) => name !== "") + 1);
  if (names.length === 0) names.push("");
  for (const name of names) {
    if (checksumAlgorithmOfHeader(name) !== undefined) continue;
    throw invalidRequest("The value specified in the x-amz-trailer header is not supported");
  }
  if (names.length > 1) throw severalChecksums();
  return names;
}

/**
 * The checksum that a request declares for its body (PutObject, UploadPart, DeleteObjects, ...), or undefined.
 * `streamingTrailer` says whether the body's encoding can carry a trailer at all.
 * Throws InvalidRequest, MalformedTrailerError (announced, but there is no place for it) or NotImplemented.
 */
export function parseDeclaredChecksum(
  headers: HeaderLookup,
  { streamingTrailer }: { readonly streamingTrailer: boolean },
): DeclaredChecksum | undefined {
  const valueHeaders = [...headers.names()].filter(isValueHeader);
  if (valueHeaders.length > 1) throw severalChecksums();
  const [trailer] = parseAnnouncedTrailers(headers);
  const [header] = valueHeaders;
  if (header !== undefined && trailer !== undefined) {
    throw invalidRequest("Expecting a single x-amz-checksum- header");
  }
  const name = header ?? trailer;
  const algorithm = name === undefined ? undefined : algorithmOfValueHeader(name);
  checkSdkAlgorithm(headers.get(sdkHeader), algorithm);
  if (algorithm === undefined) return undefined;
  if (header === undefined) {
    if (!streamingTrailer) throw s3Error("MalformedTrailerError");
    return { algorithm, trailer: true };
  }
  return { algorithm, trailer: false, value: parseChecksumValue(algorithm, headers.get(header) ?? "") };
}

function checkSdkAlgorithm(sdkAlgorithm: string | undefined, declared: ChecksumAlgorithm | undefined): void {
  if (sdkAlgorithm === undefined) return;
  if (newerAlgorithms.has(sdkAlgorithm.toLowerCase())) {
    throw s3Error("NotImplemented", { fields: { Header: sdkHeader } });
  }
  const algorithm = checksumAlgorithmOf(sdkAlgorithm);
  if (algorithm === undefined || (declared !== undefined && declared !== algorithm)) throw invalidValue(sdkHeader);
  if (declared !== undefined) return;
  throw invalidRequest(
    `${sdkHeader} specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.`,
  );
}

/** Checks that a header's value is base64 of one digest. Throws InvalidRequest. */
export function parseChecksumValue(algorithm: ChecksumAlgorithm, value: string): string {
  if (decodeChecksum(algorithm, value.trim()) === undefined) throw invalidValue(checksumHeader(algorithm));
  return value.trim();
}

/** Checks that a trailer's value is base64 of one digest. Throws InvalidRequest, in the words AWS has for trailers. */
export function parseChecksumTrailer(algorithm: ChecksumAlgorithm, trailers: Readonly<Record<string, string>>): string {
  const name = checksumHeader(algorithm);
  const value = Object.hasOwn(trailers, name) ? trailers[name] : undefined;
  if (value === undefined) throw s3Error("MalformedTrailerError");
  if (decodeChecksum(algorithm, value) === undefined) {
    throw invalidRequest(`Value for ${name} trailing header is invalid.`);
  }
  return value;
}

/** What `x-amz-checksum-algorithm` asks for (CreateMultipartUpload, CopyObject), or undefined. Throws InvalidRequest. */
export function parseRequestedAlgorithm(headers: Pick<HeaderLookup, "get">): ChecksumAlgorithm | undefined {
  const value = headers.get("x-amz-checksum-algorithm");
  if (value === undefined) return undefined;
  if (newerAlgorithms.has(value.toLowerCase())) {
    throw s3Error("NotImplemented", { fields: { Header: "x-amz-checksum-algorithm" } });
  }
  const algorithm = checksumAlgorithmOf(value);
  if (algorithm !== undefined) return algorithm;
  const known = checksumAlgorithms.join(", ");
  throw invalidRequest(
    `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${known}]`,
  );
}

/** What `x-amz-checksum-type` says, or undefined. Throws InvalidRequest. */
export function parseChecksumType(headers: Pick<HeaderLookup, "get">): ChecksumType | undefined {
  const value = headers.get("x-amz-checksum-type");
  if (value === undefined) return undefined;
  const type = checksumTypes.find((candidate) => candidate === value.toUpperCase());
  if (type === undefined) throw invalidValue("x-amz-checksum-type");
  return type;
}

/** Algorithm and type of a multipart upload to begin, or undefined when it asks for none. Throws InvalidRequest. */
export function parseMultipartChecksum(
  headers: Pick<HeaderLookup, "get">,
): { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } | undefined {
  const algorithm = parseRequestedAlgorithm(headers);
  const type = parseChecksumType(headers);
  if (algorithm === undefined) {
    if (type === undefined) return undefined;
    throw invalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.");
  }
  if (type !== undefined && !isLegalChecksumType(algorithm, type)) {
    throw invalidRequest(
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, type: type ?? defaultChecksumType(algorithm) };
}

/**
 * The checksum of the whole object that CompleteMultipartUpload may name, or undefined: base64, for a COMPOSITE one with
 * `-<parts>` behind it (which a client may leave out). Throws InvalidRequest.
 */
export function parseObjectChecksum(
  headers: HeaderLookup,
): { readonly algorithm: ChecksumAlgorithm; readonly value: string } | undefined {
  const names = [...headers.names()].filter(isValueHeader);
  if (names.length > 1) throw severalChecksums();
  const [name] = names;
  if (name === undefined) return undefined;
  const algorithm = algorithmOfValueHeader(name);
  const value = (headers.get(name) ?? "").trim();
  const [digest = "", parts] = value.split("-", 2);
  const wellFormed =
    decodeChecksum(algorithm, digest) !== undefined && /^-[1-9]\d{0,4}$|^$/.test(value.slice(digest.length));
  if (!wellFormed || (parts !== undefined && Number(parts) > 10_000)) throw invalidValue(name);
  return { algorithm, value };
}
