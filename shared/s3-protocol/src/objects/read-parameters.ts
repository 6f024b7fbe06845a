/** Parameters of single objects and parts, in query and headers. */
import { s3Error } from "../errors.ts";
import { invalidParameter } from "../operations/parameters.ts";
import type { RequestHeaders } from "../requests/headers.ts";
import type { Query } from "../requests/query.ts";
import { isHeaderSafe } from "./header-text.ts";

const overrides: Readonly<Record<string, string>> = {
  "response-cache-control": "cache-control",
  "response-content-disposition": "content-disposition",
  "response-content-encoding": "content-encoding",
  "response-content-language": "content-language",
  "response-content-type": "content-type",
  "response-expires": "expires",
};

/**
 * The `response-*` parameters of GetObject and HeadObject as response headers, by lower-case name.
 * Throws InvalidRequest on unsigned requests, InvalidArgument for what cannot stand in a header.
 */
export function parseResponseOverrides(query: Query, options: { readonly signed: boolean }): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [parameter, header] of Object.entries(overrides)) {
    const value = query.get(parameter);
    if (value === undefined) continue;
    if (!options.signed) {
      throw s3Error("InvalidRequest", {
        message: "Request specific response headers cannot be used for anonymous GET requests.",
      });
    }
    if (!isHeaderSafe(value)) throw invalidParameter("Header value cannot contain control characters.", parameter, "");
    // AWS says so too: a file name in other scripts goes into `filename*=UTF-8''...`.
    if (/[\u0100-\uffff]/.test(value)) {
      throw invalidParameter("Header value cannot be represented using ISO-8859-1.", parameter, value);
    }
    if (value !== "") headers[header] = value;
  }
  return headers;
}

/** `partNumber`, 1 to 10,000; undefined when it is absent. Throws InvalidArgument. */
export function parsePartNumber(query: Query): number | undefined {
  const value = query.get("partNumber");
  if (value === undefined) return undefined;
  const number = /^\d{1,5}$/.test(value) ? Number(value) : 0;
  if (number >= 1 && number <= 10_000) return number;
  throw invalidParameter("Part number must be an integer between 1 and 10000, inclusive", "partNumber", value);
}

/** `uploadId` and `partNumber` of UploadPart. Throws InvalidArgument and NoSuchUpload. */
export function parseUploadPart(query: Query): { uploadId: string; partNumber: number } {
  const partNumber = parsePartNumber(query);
  if (partNumber === undefined) {
    throw invalidParameter("Part number must be an integer between 1 and 10000, inclusive", "partNumber", "");
  }
  return { uploadId: parseUploadId(query), partNumber };
}

/** `uploadId`. One that was never given out (by its form) is NoSuchUpload. */
export function parseUploadId(query: Query): string {
  const uploadId = query.get("uploadId") ?? "";
  if (!/^[A-Za-z0-9_-]{16,64}$/.test(uploadId)) throw s3Error("NoSuchUpload", { fields: { UploadId: uploadId } });
  return uploadId;
}

/** Throws InvalidRequest when a GET or HEAD asks for a range and a part at once. */
export function checkRangeAndPart(headers: RequestHeaders, query: Query): void {
  if (!headers.has("range") || !query.has("partNumber")) return;
  throw s3Error("InvalidRequest", { message: "Cannot specify both Range header and partNumber query parameter" });
}

const attributeNames = ["ETag", "Checksum", "ObjectParts", "StorageClass", "ObjectSize"] as const;
export type ObjectAttributeName = (typeof attributeNames)[number];
export type ObjectAttributesRequest = {
  readonly attributes: ReadonlySet<ObjectAttributeName>;
  readonly maxParts: number;
  readonly partNumberMarker: number;
};

/** The headers of GetObjectAttributes. Throws InvalidArgument. */
export function parseObjectAttributes(headers: RequestHeaders): ObjectAttributesRequest {
  const name = "x-amz-object-attributes";
  const asked = (headers.get(name) ?? "").split(",").map((attribute) => attribute.trim());
  const attributes = new Set<ObjectAttributeName>();
  for (const attribute of asked) {
    const known = attributeNames.find((candidate) => candidate === attribute);
    if (known === undefined) throw invalidParameter("Invalid attribute name specified.", name, attribute);
    attributes.add(known);
  }
  return {
    attributes,
    maxParts: Math.min(1000, wholeNumber(headers, "x-amz-max-parts") ?? 1000),
    partNumberMarker: wholeNumber(headers, "x-amz-part-number-marker") ?? 0,
  };
}

/** `x-amz-mp-object-size` of CompleteMultipartUpload. Throws InvalidArgument. */
export function parseExpectedObjectSize(headers: RequestHeaders): number | undefined {
  return wholeNumber(headers, "x-amz-mp-object-size");
}

function wholeNumber(headers: RequestHeaders, name: string): number | undefined {
  const value = headers.get(name)?.trim();
  if (value === undefined) return undefined;
  if (!/^\d{1,15}$/.test(value)) throw invalidParameter(`${name} must be a non-negative integer`, name, value);
  return Number(value);
}
