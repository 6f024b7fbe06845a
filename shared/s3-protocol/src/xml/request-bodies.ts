/** The XML bodies that S3 operations take, one parse function each. */
import { s3Error, type S3Error } from "../errors.ts";
import { isS3Error } from "../errors.ts";
import { unquoteETag } from "../objects/etag.ts";
import { validateTags, type ObjectTag } from "../objects/tags.ts";
import { checkVersionId, invalidParameter } from "../operations/parameters.ts";
import { validateObjectKey } from "../requests/object-key.ts";
import { malformed, parseXml, type XmlElement } from "./read.ts";
import { childrenOf, expectName, fieldsOf, optionalText, requiredText, textOf } from "./schema.ts";

/** Bytes that each operation's body may have: the largest valid one, all of it escaped, fits. */
export const bodyLimits = {
  CompleteMultipartUpload: 4 * 1024 ** 2,
  CreateBucket: 64 * 1024,
  DeleteObjects: 8 * 1024 ** 2,
  PutObjectTagging: 64 * 1024,
} as const;

export type CreateBucketConfiguration = { readonly locationConstraint?: string };

/** CreateBucket; an empty body is an empty configuration. Throws MalformedXML, NotImplemented for directory buckets and tags. */
export function parseCreateBucketConfiguration(body: Uint8Array): CreateBucketConfiguration {
  if (body.byteLength === 0) return {};
  const root = parseXml(body, { maxBytes: bodyLimits.CreateBucket, maxElements: 1000 });
  expectName(root, "CreateBucketConfiguration");
  const fields = fieldsOf(root, ["LocationConstraint", "Location", "Bucket", "Tags"]);
  for (const element of ["Location", "Bucket", "Tags"]) {
    if (fields.has(element)) throw elementNotImplemented(element);
  }
  const locationConstraint = optionalText(fields, "LocationConstraint")?.trim();
  return locationConstraint === undefined || locationConstraint === "" ? {} : { locationConstraint };
}

/** Throws InvalidLocationConstraint unless the constraint names the region served here. */
export function checkLocationConstraint(constraint: string | undefined, region: string): void {
  if (constraint === undefined || constraint === region) return;
  if (constraint === "EU" && region === "eu-west-1") return;
  throw s3Error("InvalidLocationConstraint", { fields: { LocationConstraint: constraint } });
}

export type ObjectToDelete = {
  readonly key: string;
  readonly versionId?: string;
  /** Delete only if the object has this ETag (without quotes), or exists at all (`*`). */
  readonly etag?: string;
  /** Why this one cannot be deleted whatever the bucket holds: to be reported for the key, the others go on. */
  readonly error?: S3Error;
};
export type DeleteRequest = { readonly quiet: boolean; readonly objects: readonly ObjectToDelete[] };

/** DeleteObjects: 1 to 1,000 objects, in order. Throws MalformedXML. */
export function parseDelete(body: Uint8Array): DeleteRequest {
  const root = parseXml(body, { maxBytes: bodyLimits.DeleteObjects, maxElements: 6002 });
  expectName(root, "Delete");
  const objects: ObjectToDelete[] = [];
  let quiet: boolean | undefined;
  for (const child of childrenOf(root)) {
    if (child.name === "Object") objects.push(parseObjectToDelete(child));
    else if (child.name === "Quiet" && quiet === undefined) quiet = parseBoolean(textOf(child));
    else throw malformed();
  }
  if (objects.length === 0 || objects.length > 1000) throw malformed();
  return { quiet: quiet ?? false, objects };
}

function parseObjectToDelete(element: XmlElement): ObjectToDelete {
  const fields = fieldsOf(element, ["Key", "VersionId", "ETag", "LastModifiedTime", "Size"]);
  const key = requiredText(fields, "Key");
  if (key === "") throw malformed();
  const versionId = optionalText(fields, "VersionId");
  const etag = optionalText(fields, "ETag");
  const error = firstError(
    () => validateObjectKey(key),
    () => (versionId === undefined ? undefined : checkVersionId(versionId, true)),
    () => {
      // Conditions of directory buckets: deleting without them would delete too much.
      for (const name of ["LastModifiedTime", "Size"]) if (fields.has(name)) throw elementNotImplemented(name);
    },
  );
  return {
    key,
    ...(versionId === undefined ? {} : { versionId }),
    ...(etag === undefined ? {} : { etag: unquoteETag(etag) }),
    ...(error === undefined ? {} : { error }),
  };
}

function firstError(...checks: readonly (() => void)[]): S3Error | undefined {
  try {
    for (const check of checks) check();
    return undefined;
  } catch (error) {
    if (isS3Error(error)) return error;
    throw error;
  }
}

const partChecksums = {
  ChecksumCRC32: "CRC32",
  ChecksumCRC32C: "CRC32C",
  ChecksumCRC64NVME: "CRC64NVME",
  ChecksumSHA1: "SHA1",
  ChecksumSHA256: "SHA256",
} as const;
const unbuiltChecksums = ["ChecksumMD5", "ChecksumSHA512", "ChecksumXXHASH64", "ChecksumXXHASH3", "ChecksumXXHASH128"];

export type PartToComplete = {
  readonly partNumber: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksum?: {
    readonly algorithm: (typeof partChecksums)[keyof typeof partChecksums];
    /** Base64. */
    readonly value: string;
  };
};

/** CompleteMultipartUpload: 1 to 10,000 parts in the order given (which is not checked). Throws MalformedXML, InvalidArgument, InvalidPart. */
export function parseCompleteMultipartUpload(body: Uint8Array): PartToComplete[] {
  const root = parseXml(body, { maxBytes: bodyLimits.CompleteMultipartUpload, maxElements: 100_000 });
  expectName(root, "CompleteMultipartUpload");
  const parts = childrenOf(root);
  if (parts.length === 0 || parts.length > 10_000) throw malformed();
  return parts.map((part) => parsePart(part));
}

function parsePart(element: XmlElement): PartToComplete {
  expectName(element, "Part");
  const fields = fieldsOf(element, ["PartNumber", "ETag", ...Object.keys(partChecksums), ...unbuiltChecksums]);
  for (const name of unbuiltChecksums) if (fields.has(name)) throw elementNotImplemented(name);
  const number = requiredText(fields, "PartNumber").trim();
  const partNumber = /^\d{1,9}$/.test(number) ? Number(number) : Number.NaN;
  if (Number.isNaN(partNumber)) throw malformed();
  if (partNumber < 1 || partNumber > 10_000) {
    throw invalidParameter("Part number must be an integer between 1 and 10000, inclusive", "partNumber", number);
  }
  const etag = unquoteETag(requiredText(fields, "ETag"));
  if (etag === "" || etag.length > 64) throw s3Error("InvalidPart", { fields: { PartNumber: number } });
  const checksums = Object.entries(partChecksums).flatMap(([name, algorithm]) => {
    const value = optionalText(fields, name)?.trim();
    return value === undefined ? [] : [{ algorithm, value }];
  });
  const [checksum] = checksums;
  if (checksums.length > 1 || (checksum !== undefined && checksum.value.length > 128)) throw malformed();
  return checksum === undefined ? { partNumber, etag } : { partNumber, etag, checksum };
}

/** PutObjectTagging. Throws MalformedXML, InvalidTag, BadRequest. */
export function parseTagging(body: Uint8Array): ObjectTag[] {
  const root = parseXml(body, { maxBytes: bodyLimits.PutObjectTagging, maxElements: 1000 });
  expectName(root, "Tagging");
  const tagSet = fieldsOf(root, ["TagSet"]).get("TagSet");
  if (tagSet === undefined) throw malformed();
  const tags = childrenOf(tagSet).map((tag) => {
    expectName(tag, "Tag");
    const fields = fieldsOf(tag, ["Key", "Value"]);
    return { key: requiredText(fields, "Key"), value: requiredText(fields, "Value") };
  });
  validateTags(tags);
  return tags;
}

function parseBoolean(text: string): boolean {
  const value = text.trim().toLowerCase();
  if (value === "true") return true;
  if (value === "false") return false;
  throw malformed();
}

function elementNotImplemented(element: string) {
  return s3Error("NotImplemented", {
    message: `The element ${element} implies functionality that is not implemented`,
    fields: { Element: element },
  });
}
