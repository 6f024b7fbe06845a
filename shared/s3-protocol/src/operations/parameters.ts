/** Query parameters that are no sub-resources: which ones S3 knows, and where one of them must not be ignored. */
import { s3Error } from "../errors.ts";
import type { Query } from "../requests/query.ts";
import { operations, type S3OperationName } from "./table.ts";

const known = new Set([
  "annotationName",
  "bucket-region",
  "continuation-token",
  "delimiter",
  "encoding-type",
  "fetch-owner",
  "id",
  "key-marker",
  "marker",
  "max-buckets",
  "max-keys",
  "max-parts",
  "max-uploads",
  "part-number-marker",
  "partNumber",
  "prefix",
  "response-cache-control",
  "response-content-disposition",
  "response-content-encoding",
  "response-content-language",
  "response-content-type",
  "response-expires",
  "select-type",
  "start-after",
  "upload-id-marker",
  "version-id-marker",
  "versionId",
  "x-id",
]);

/** Tells whether S3 knows a parameter (sub-resources aside); `X-Amz-*` in any case. */
export function isKnownParameter(name: string): boolean {
  return known.has(name) || name.toLowerCase().startsWith("x-amz-");
}

const takesVersionId: ReadonlySet<S3OperationName> = new Set([
  "DeleteObject",
  "DeleteObjectTagging",
  "GetObject",
  "GetObjectAcl",
  "GetObjectAttributes",
  "GetObjectLegalHold",
  "GetObjectRetention",
  "GetObjectTagging",
  "HeadObject",
  "PutObjectTagging",
]);

const takesPartNumber: ReadonlySet<S3OperationName> = new Set([
  "GetObject",
  "HeadObject",
  "UploadPart",
  "UploadPartCopy",
]);

/** Throws for a parameter whose silence would make another request of this one: InvalidArgument, NoSuchVersion. */
export function screenParameters(operation: S3OperationName, query: Query): void {
  screenVersionId(operation, query.get("versionId"));
  const listType = query.get("list-type");
  if (operation === "ListObjectsV2" && listType !== "2") {
    throw invalidParameter("Invalid List Type specified in Request", "list-type", listType ?? "");
  }
  const partNumber = query.get("partNumber");
  const writes = !["GET", "HEAD"].includes(operations[operation].method);
  // `PUT ?partNumber=1` without its uploadId would replace the whole object by one part.
  if (partNumber !== undefined && writes && !takesPartNumber.has(operation)) {
    throw invalidParameter("This operation does not accept a part number.", "partNumber", partNumber);
  }
}

function screenVersionId(operation: S3OperationName, versionId: string | undefined): void {
  if (versionId === undefined) return;
  if (!takesVersionId.has(operation)) {
    throw invalidParameter("This operation does not accept a version-id.", "versionId", versionId);
  }
  checkVersionId(versionId, operations[operation].method === "DELETE");
}

/** Until versioning is built, `null` is the only version: reading another is NoSuchVersion, deleting it InvalidArgument. */
export function checkVersionId(versionId: string, deleting = false): void {
  if (versionId === "null") return;
  if (versionId === "") throw invalidParameter("Version id cannot be the empty string", "versionId", "");
  if (deleting) throw invalidParameter("Invalid version id specified", "versionId", versionId);
  throw s3Error("NoSuchVersion", { fields: { VersionId: versionId } });
}

/** An InvalidArgument with S3's fields. */
export function invalidParameter(message: string, name: string, value: string) {
  return s3Error("InvalidArgument", { message, fields: { ArgumentName: name, ArgumentValue: value } });
}
