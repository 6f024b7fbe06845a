/**
 * Query parameters of the listing operations, each by its API page. Every limit above S3's is lowered to S3's, silently,
 * as S3 does; what is no number is InvalidArgument.
 */
import { invalidParameter } from "../operations/parameters.ts";
import type { Query } from "../requests/query.ts";
import { parseUploadId } from "../objects/read-parameters.ts";
import { decodeContinuationToken } from "./continuation-token.ts";

export type EncodingType = "url" | undefined;
type Common = { readonly prefix: string; readonly delimiter: string; readonly encodingType: EncodingType };

/** ListObjects. `startAfter` is the marker: list what comes after it. */
export type ListObjectsParameters = Common & {
  readonly marker: string;
  readonly maxKeys: number;
  readonly startAfter: string;
};

export function parseListObjects(query: Query): ListObjectsParameters {
  const marker = query.get("marker") ?? "";
  return { ...common(query), marker, maxKeys: limit(query, "max-keys", 1000), startAfter: marker };
}

/** ListObjectsV2. `after` is where to begin: the continuation token's place, else `startAfter`. */
export type ListObjectsV2Parameters = Common & {
  readonly maxKeys: number;
  readonly fetchOwner: boolean;
  /** As the client sent it, to be echoed; undefined when absent. */
  readonly startAfter: string | undefined;
  /** As the client sent it, to be echoed; undefined when absent. */
  readonly continuationToken: string | undefined;
  readonly after: string;
};

export function parseListObjectsV2(query: Query): ListObjectsV2Parameters {
  const continuationToken = query.get("continuation-token");
  const startAfter = query.get("start-after");
  return {
    ...common(query),
    maxKeys: limit(query, "max-keys", 1000),
    fetchOwner: query.get("fetch-owner")?.toLowerCase() === "true",
    startAfter,
    continuationToken,
    after: continuationToken === undefined ? (startAfter ?? "") : decodeContinuationToken(continuationToken).after,
  };
}

/** ListObjectVersions. With one version per key, `after` is the key marker. */
export type ListObjectVersionsParameters = Common & {
  readonly maxKeys: number;
  readonly keyMarker: string;
  readonly versionIdMarker: string;
  readonly after: string;
};

export function parseListObjectVersions(query: Query): ListObjectVersionsParameters {
  const keyMarker = query.get("key-marker") ?? "";
  const versionIdMarker = query.get("version-id-marker");
  if (versionIdMarker !== undefined && keyMarker === "") {
    throw invalidParameter(
      "A version-id marker cannot be specified without a key marker.",
      "version-id-marker",
      versionIdMarker,
    );
  }
  if (versionIdMarker === "") {
    throw invalidParameter("A version-id marker cannot be empty.", "version-id-marker", versionIdMarker);
  }
  return {
    ...common(query),
    maxKeys: limit(query, "max-keys", 1000),
    keyMarker,
    versionIdMarker: versionIdMarker ?? "",
    after: keyMarker,
  };
}

export type ListMultipartUploadsParameters = Common & {
  readonly keyMarker: string;
  readonly uploadIdMarker: string;
  readonly maxUploads: number;
};

export function parseListMultipartUploads(query: Query): ListMultipartUploadsParameters {
  const keyMarker = query.get("key-marker") ?? "";
  return {
    ...common(query),
    keyMarker,
    // S3: without a key marker, the upload id marker is ignored.
    uploadIdMarker: keyMarker === "" ? "" : (query.get("upload-id-marker") ?? ""),
    maxUploads: limit(query, "max-uploads", 1000),
  };
}

export type ListPartsParameters = {
  readonly uploadId: string;
  readonly maxParts: number;
  readonly partNumberMarker: number;
  readonly encodingType: EncodingType;
};

export function parseListParts(query: Query): ListPartsParameters {
  return {
    uploadId: parseUploadId(query),
    maxParts: limit(query, "max-parts", 1000),
    partNumberMarker: number(query, "part-number-marker") ?? 0,
    encodingType: encodingType(query),
  };
}

/** ListBuckets. */
export type ListBucketsParameters = {
  readonly prefix: string;
  readonly maxBuckets: number;
  /** List only buckets of this region; undefined: all. */
  readonly bucketRegion: string | undefined;
  readonly continuationToken: string | undefined;
  /** List names after this one. */
  readonly startAfter: string;
};

export function parseListBuckets(query: Query): ListBucketsParameters {
  const maxBuckets = number(query, "max-buckets") ?? 10_000;
  if (maxBuckets < 1 || maxBuckets > 10_000) {
    throw invalidParameter(
      "Argument max-buckets must be an integer between 1 and 10000",
      "max-buckets",
      String(maxBuckets),
    );
  }
  const continuationToken = query.get("continuation-token");
  return {
    prefix: query.get("prefix") ?? "",
    maxBuckets,
    bucketRegion: query.get("bucket-region"),
    continuationToken,
    startAfter: continuationToken === undefined ? "" : decodeContinuationToken(continuationToken).after,
  };
}

function common(query: Query): Common {
  return {
    prefix: query.get("prefix") ?? "",
    delimiter: query.get("delimiter") ?? "",
    encodingType: encodingType(query),
  };
}

function encodingType(query: Query): EncodingType {
  const value = query.get("encoding-type");
  if (value === undefined || value === "") return undefined;
  if (value.toLowerCase() === "url") return "url";
  throw invalidParameter("Invalid Encoding Method specified in Request", "encoding-type", value);
}

function limit(query: Query, name: string, most: number): number {
  return Math.min(number(query, name) ?? most, most);
}

/** A whole number from 0 to 2^31 - 1; absent and empty are undefined. */
function number(query: Query, name: string): number | undefined {
  const value = query.get(name);
  if (value === undefined || value === "") return undefined;
  if (!/^[+-]?\d{1,10}$/.test(value) || Math.abs(Number(value)) > 2_147_483_647) {
    throw invalidParameter(`Provided ${name} not an integer or within integer range`, name, value);
  }
  if (Number(value) < 0) {
    throw invalidParameter(`Argument ${name} must be an integer between 0 and 2147483647`, name, value);
  }
  return Number(value);
}
