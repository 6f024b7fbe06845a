/** Answers of the multipart operations. */
import {
  checksumElement,
  checksumElements,
  commonPrefixElements,
  dateElement,
  encoder,
  etagElement,
  listedChecksumElements,
  ownerElement,
  type ChecksumValue,
  type ListedChecksum,
  type Owner,
} from "./shared.ts";
import { document, element, optionalElement, textElement } from "./write.ts";

export function renderInitiateMultipartUpload(result: { bucket: string; key: string; uploadId: string }): string {
  return document("InitiateMultipartUploadResult", [
    textElement("Bucket", result.bucket),
    textElement("Key", result.key),
    textElement("UploadId", result.uploadId),
  ]);
}

export type CompleteMultipartUploadResult = {
  /** URL of the object. */
  readonly location: string;
  readonly bucket: string;
  readonly key: string;
  readonly etag: string;
  readonly checksum?: ChecksumValue | undefined;
};

export function renderCompleteMultipartUpload(result: CompleteMultipartUploadResult): string {
  return document("CompleteMultipartUploadResult", [
    textElement("Location", result.location),
    textElement("Bucket", result.bucket),
    textElement("Key", result.key),
    etagElement(result.etag),
    ...checksumElements(result.checksum),
  ]);
}

export type ListPartsResult = {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly owner: Owner;
  readonly storageClass: string;
  readonly partNumberMarker: number;
  readonly nextPartNumberMarker?: number | undefined;
  readonly maxParts: number;
  readonly isTruncated: boolean;
  readonly encodingType?: "url" | undefined;
  readonly checksum?: Partial<ListedChecksum> | undefined;
  readonly parts: readonly {
    readonly partNumber: number;
    readonly etag: string;
    readonly size: number;
    readonly lastModified: number;
    readonly checksum?: Pick<ChecksumValue, "algorithm" | "value"> | undefined;
  }[];
};

export function renderListParts(result: ListPartsResult): string {
  const encode = encoder(result.encodingType);
  const parts = result.parts.map((part) =>
    element("Part", [
      textElement("PartNumber", part.partNumber),
      dateElement("LastModified", part.lastModified),
      etagElement(part.etag),
      textElement("Size", part.size),
      ...(part.checksum === undefined ? [] : [checksumElement(part.checksum)]),
    ]),
  );
  return document("ListPartsResult", [
    textElement("Bucket", result.bucket),
    textElement("Key", encode(result.key)),
    optionalElement("EncodingType", result.encodingType),
    textElement("UploadId", result.uploadId),
    ownerElement("Initiator", result.owner),
    ownerElement("Owner", result.owner),
    textElement("StorageClass", result.storageClass),
    textElement("PartNumberMarker", result.partNumberMarker),
    optionalElement("NextPartNumberMarker", result.nextPartNumberMarker),
    textElement("MaxParts", result.maxParts),
    textElement("IsTruncated", result.isTruncated),
    ...listedChecksumElements(result.checksum),
    ...parts,
  ]);
}

export type ListMultipartUploadsResult = {
  readonly bucket: string;
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
  /** Of a truncated page. */
  readonly nextKeyMarker?: string | undefined;
  /** Of a truncated page. */
  readonly nextUploadIdMarker?: string | undefined;
  readonly prefix: string;
  readonly delimiter: string;
  readonly encodingType: "url" | undefined;
  readonly maxUploads: number;
  readonly isTruncated: boolean;
  readonly uploads: readonly {
    readonly key: string;
    readonly uploadId: string;
    readonly owner: Owner;
    readonly storageClass: string;
    readonly initiated: number;
    readonly checksum?: Partial<ListedChecksum> | undefined;
  }[];
  readonly commonPrefixes: readonly string[];
};

export function renderListMultipartUploads(result: ListMultipartUploadsResult): string {
  const encode = encoder(result.encodingType);
  const next = result.isTruncated ? result.nextKeyMarker : undefined;
  const uploads = result.uploads.map((upload) =>
    element("Upload", [
      textElement("Key", encode(upload.key)),
      textElement("UploadId", upload.uploadId),
      ownerElement("Initiator", upload.owner),
      ownerElement("Owner", upload.owner),
      textElement("StorageClass", upload.storageClass),
      dateElement("Initiated", upload.initiated),
      ...listedChecksumElements(upload.checksum),
    ]),
  );
  return document("ListMultipartUploadsResult", [
    textElement("Bucket", result.bucket),
    textElement("KeyMarker", encode(result.keyMarker)),
    textElement("UploadIdMarker", result.uploadIdMarker),
    optionalElement("NextKeyMarker", next === undefined ? undefined : encode(next)),
    optionalElement("NextUploadIdMarker", result.isTruncated ? result.nextUploadIdMarker : undefined),
    textElement("Prefix", encode(result.prefix)),
    optionalElement("Delimiter", result.delimiter === "" ? undefined : encode(result.delimiter)),
    optionalElement("EncodingType", result.encodingType),
    textElement("MaxUploads", result.maxUploads),
    textElement("IsTruncated", result.isTruncated),
    ...uploads,
    ...commonPrefixElements(result.commonPrefixes, encode),
  ]);
}
