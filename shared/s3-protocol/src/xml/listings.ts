/** Answers of ListBuckets, ListObjects, ListObjectsV2 and ListObjectVersions. */
import {
  commonPrefixElements,
  dateElement,
  encoder,
  etagElement,
  listedChecksumElements,
  ownerElement,
  type Encoder,
  type ListedChecksum,
  type Owner,
} from "./shared.ts";
import { document, element, escapeXml, optionalElement, textElement, timestamp, type Xml } from "./write.ts";

export type ListBucketsResult = {
  readonly owner: Owner;
  readonly buckets: readonly { readonly name: string; readonly createdAt: number; readonly region?: string }[];
  /** Echoed when the client gave one. */
  readonly prefix?: string;
  /** Where the next page begins; absent on the last one. */
  readonly continuationToken?: string;
};

export function renderListBuckets(result: ListBucketsResult): string {
  const buckets = result.buckets.map((bucket) =>
    element("Bucket", [
      textElement("Name", bucket.name),
      dateElement("CreationDate", bucket.createdAt),
      optionalElement("BucketRegion", bucket.region),
    ]),
  );
  return document("ListAllMyBucketsResult", [
    ownerElement("Owner", result.owner),
    element("Buckets", buckets),
    optionalElement("ContinuationToken", result.continuationToken),
    optionalElement("Prefix", result.prefix),
  ]);
}

export type ListedObject = {
  readonly key: string;
  /** Without quotes. */
  readonly etag: string;
  readonly size: number;
  readonly lastModified: number;
  readonly storageClass: string;
  readonly checksum?: ListedChecksum | undefined;
};

type ObjectListing = {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string;
  readonly maxKeys: number;
  readonly encodingType: "url" | undefined;
  readonly isTruncated: boolean;
  readonly objects: readonly ListedObject[];
  readonly commonPrefixes: readonly string[];
};

/** `nextMarker`: the last key or common prefix of a truncated page; written only with a delimiter, as S3 does. */
export type ListObjectsResult = ObjectListing & {
  readonly marker: string;
  readonly nextMarker?: string | undefined;
  readonly owner: Owner;
};

export function renderListObjects(result: ListObjectsResult): string {
  const encode = encoder(result.encodingType);
  const next = result.isTruncated && result.delimiter !== "" ? result.nextMarker : undefined;
  return document("ListBucketResult", [
    textElement("Name", result.bucket),
    textElement("Prefix", encode(result.prefix)),
    textElement("Marker", encode(result.marker)),
    optionalElement("NextMarker", next === undefined ? undefined : encode(next)),
    textElement("MaxKeys", result.maxKeys),
    ...listingEnd(result, encode, result.owner),
  ]);
}

export type ListObjectsV2Result = ObjectListing & {
  /** Echoed when the client gave one. */
  readonly startAfter?: string | undefined;
  /** Echoed when the client gave one. */
  readonly continuationToken?: string | undefined;
  /** Of a truncated page; see `encodeContinuationToken`. */
  readonly nextContinuationToken?: string | undefined;
  /** Only with fetch-owner. */
  readonly owner?: Owner | undefined;
};

export function renderListObjectsV2(result: ListObjectsV2Result): string {
  const encode = encoder(result.encodingType);
  const { startAfter } = result;
  return document("ListBucketResult", [
    textElement("Name", result.bucket),
    textElement("Prefix", encode(result.prefix)),
    optionalElement("StartAfter", startAfter === undefined ? undefined : encode(startAfter)),
    optionalElement("ContinuationToken", result.continuationToken),
    optionalElement("NextContinuationToken", result.isTruncated ? result.nextContinuationToken : undefined),
    textElement("KeyCount", result.objects.length + result.commonPrefixes.length),
    textElement("MaxKeys", result.maxKeys),
    ...listingEnd(result, encode, result.owner),
  ]);
}

function listingEnd(result: ObjectListing, encode: Encoder, owner: Owner | undefined): Xml[] {
  return [
    // S3 leaves out an empty delimiter.
    optionalElement("Delimiter", result.delimiter === "" ? undefined : encode(result.delimiter)),
    optionalElement("EncodingType", result.encodingType),
    textElement("IsTruncated", result.isTruncated),
    contents(result.objects, encode, owner === undefined ? "" : ownerElement("Owner", owner).xml),
    ...commonPrefixElements(result.commonPrefixes, encode),
  ];
}

/** All objects of a page in one pass: an element object for each of 8,000 elements took longer than everything else about a listing. */
function contents(objects: readonly ListedObject[], encode: Encoder, owner: string): Xml {
  let xml = "";
  for (const { key, lastModified, etag, checksum, size, storageClass } of objects) {
    xml +=
      `<Contents><Key>${escapeXml(encode(key))}</Key><LastModified>${timestamp(lastModified)}</LastModified>` +
      `<ETag>&quot;${escapeXml(etag)}&quot;</ETag>${checksum === undefined ? "" : listedChecksum(checksum)}` +
      `<Size>${size}</Size>${owner}<StorageClass>${escapeXml(storageClass)}</StorageClass></Contents>`;
  }
  return { xml };
}

const listedChecksum = ({ algorithm, type }: ListedChecksum): string =>
  `<ChecksumAlgorithm>${escapeXml(algorithm)}</ChecksumAlgorithm><ChecksumType>${escapeXml(type)}</ChecksumType>`;

export type ListedVersion = ListedObject & { readonly versionId: string; readonly isLatest: boolean };

export type ListObjectVersionsResult = Omit<ObjectListing, "objects"> & {
  readonly versions: readonly ListedVersion[];
  readonly keyMarker: string;
  readonly versionIdMarker: string;
  /** Of a truncated page. */
  readonly nextKeyMarker?: string | undefined;
  /** Of a truncated page that ends with a version, not with a common prefix. */
  readonly nextVersionIdMarker?: string | undefined;
  readonly owner: Owner;
};

export function renderListObjectVersions(result: ListObjectVersionsResult): string {
  const encode = encoder(result.encodingType);
  const next = result.isTruncated ? result.nextKeyMarker : undefined;
  return document("ListVersionsResult", [
    textElement("Name", result.bucket),
    textElement("Prefix", encode(result.prefix)),
    textElement("KeyMarker", encode(result.keyMarker)),
    textElement("VersionIdMarker", result.versionIdMarker),
    optionalElement("NextKeyMarker", next === undefined ? undefined : encode(next)),
    optionalElement("NextVersionIdMarker", next === undefined ? undefined : result.nextVersionIdMarker),
    textElement("MaxKeys", result.maxKeys),
    optionalElement("Delimiter", result.delimiter === "" ? undefined : encode(result.delimiter)),
    optionalElement("EncodingType", result.encodingType),
    textElement("IsTruncated", result.isTruncated),
    ...result.versions.map((version) => versionElement(version, encode, result.owner)),
    ...commonPrefixElements(result.commonPrefixes, encode),
  ]);
}

function versionElement(version: ListedVersion, encode: Encoder, owner: Owner): Xml {
  return element("Version", [
    textElement("Key", encode(version.key)),
    textElement("VersionId", version.versionId),
    textElement("IsLatest", version.isLatest),
    dateElement("LastModified", version.lastModified),
    etagElement(version.etag),
    ...listedChecksumElements(version.checksum),
    textElement("Size", version.size),
    ownerElement("Owner", owner),
    textElement("StorageClass", version.storageClass),
  ]);
}
