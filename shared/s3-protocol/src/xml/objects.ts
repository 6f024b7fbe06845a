/** Answers about single objects: copies, deletions, attributes, tags. */
import type { ObjectAttributeName } from "../objects/read-parameters.ts";
import type { ObjectTag } from "../objects/tags.ts";
import { checksumElement, checksumElements, dateElement, etagElement, type ChecksumValue } from "./shared.ts";
import { document, element, optionalElement, textElement, type Xml } from "./write.ts";

export type CopyResult = {
  readonly etag: string;
  readonly lastModified: number;
  readonly checksum?: ChecksumValue | undefined;
};

/** CopyObject. */
export function renderCopyObject(result: CopyResult): string {
  return document("CopyObjectResult", copyElements(result));
}

/** UploadPartCopy. */
export function renderCopyPart(result: CopyResult): string {
  return document("CopyPartResult", copyElements(result));
}

function copyElements(result: CopyResult): Xml[] {
  return [
    dateElement("LastModified", result.lastModified),
    etagElement(result.etag),
    ...checksumElements(result.checksum),
  ];
}

export type DeletedObject = {
  readonly key: string;
  readonly versionId?: string | undefined;
  /** Why it is still there. */
  readonly error?: { readonly code: string; readonly message: string } | undefined;
};

/** DeleteObjects, in the order asked; quiet answers only errors. */
export function renderDelete(results: readonly DeletedObject[], quiet: boolean): string {
  const shown = results.filter(({ error }) => !quiet || error !== undefined);
  return document(
    "DeleteResult",
    shown.map(({ key, versionId, error }) =>
      element(error === undefined ? "Deleted" : "Error", [
        textElement("Key", key),
        optionalElement("VersionId", versionId),
        optionalElement("Code", error?.code),
        optionalElement("Message", error?.message),
      ]),
    ),
  );
}

export type GetObjectAttributesResult = {
  readonly attributes: ReadonlySet<ObjectAttributeName>;
  readonly etag: string;
  readonly size: number;
  readonly storageClass: string;
  readonly checksum?: ChecksumValue | undefined;
  /** Only for objects completed from parts; `parts` only where they have checksums, as S3 does. */
  readonly objectParts?:
    | {
        readonly totalPartsCount: number;
        readonly partNumberMarker: number;
        readonly nextPartNumberMarker: number;
        readonly maxParts: number;
        readonly isTruncated: boolean;
        readonly parts: readonly {
          readonly partNumber: number;
          readonly size: number;
          readonly checksum?: Pick<ChecksumValue, "algorithm" | "value"> | undefined;
        }[];
      }
    | undefined;
};

/** GetObjectAttributes: only what was asked for. The ETag has no quotes here. */
export function renderGetObjectAttributes(result: GetObjectAttributesResult): string {
  const asked = (name: ObjectAttributeName, ...elements: readonly Xml[]) =>
    result.attributes.has(name) ? elements : [];
  return document("GetObjectAttributesResponse", [
    ...asked("ETag", textElement("ETag", result.etag)),
    ...asked("Checksum", ...checksumAttribute(result.checksum)),
    ...asked("ObjectParts", ...objectPartsAttribute(result.objectParts)),
    ...asked("StorageClass", textElement("StorageClass", result.storageClass)),
    ...asked("ObjectSize", textElement("ObjectSize", result.size)),
  ]);
}

function checksumAttribute(checksum: ChecksumValue | undefined): Xml[] {
  if (checksum === undefined) return [];
  // Without the number of parts that a composite checksum's header has.
  const value = checksum.value.replace(/-\d+$/, "");
  return [element("Checksum", checksumElements({ ...checksum, value }))];
}

function objectPartsAttribute(parts: GetObjectAttributesResult["objectParts"]): Xml[] {
  if (parts === undefined) return [];
  return [
    element("ObjectParts", [
      textElement("PartsCount", parts.totalPartsCount),
      textElement("PartNumberMarker", parts.partNumberMarker),
      textElement("NextPartNumberMarker", parts.nextPartNumberMarker),
      textElement("MaxParts", parts.maxParts),
      textElement("IsTruncated", parts.isTruncated),
      ...parts.parts.map((part) =>
        element("Part", [
          textElement("PartNumber", part.partNumber),
          textElement("Size", part.size),
          ...(part.checksum === undefined ? [] : [checksumElement(part.checksum)]),
        ]),
      ),
    ]),
  ];
}

/** GetObjectTagging. */
export function renderTagging(tags: readonly ObjectTag[]): string {
  const elements = tags.map(({ key, value }) => element("Tag", [textElement("Key", key), textElement("Value", value)]));
  return document("Tagging", [element("TagSet", elements)]);
}
