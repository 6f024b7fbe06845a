/**
 * THE table of S3's operations: what AWS documents for general purpose and directory buckets, and what becomes of each here.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html, and @aws-sdk/client-s3
 * of 2026-11 for what is newer.
 *
 * Gaps: operations of S3 Control, S3 Tables, S3 Vectors and Outposts have endpoints of their own and are not listed.
 */
import type { S3ErrorCode } from "../errors.ts";

export type HttpMethod = "GET" | "HEAD" | "PUT" | "POST" | "DELETE" | "OPTIONS";
export type OperationTarget = "service" | "bucket" | "object";

/** What reading a configuration answers that was never set: S3's error, or an XML document (see `renderUnset`). */
export type UnsetAnswer = { readonly error: S3ErrorCode } | { readonly document: UnsetDocument };
export type UnsetDocument =
  | "AccelerateConfiguration"
  | "BucketLoggingStatus"
  | "ListBucketAnalyticsConfigurationsResult"
  | "ListBucketIntelligentTieringConfigurationsResult"
  | "ListInventoryConfigurationsResult"
  | "ListMetricsConfigurationsResult"
  | "NotificationConfiguration"
  | "RequestPaymentConfiguration"
  | "VersioningConfiguration";

export type OperationStatus =
  | { readonly kind: "supported" }
  | { readonly kind: "answersUnset"; readonly answer: UnsetAnswer }
  | { readonly kind: "notImplemented" };

export type OperationDefinition = {
  readonly method: HttpMethod;
  readonly target: OperationTarget;
  /** The query parameter that makes it this operation, with or without a value. */
  readonly subresource?: string;
  /** Further query parameters that must be there (or must not: `!id`) to tell it from its sibling. */
  readonly requires?: readonly string[];
  /** A request header that must be there (or must not: `!x-amz-copy-source`) to tell it from its sibling. */
  readonly header?: string;
  readonly status: OperationStatus;
};

const supported = { kind: "supported" } as const;
const notImplemented = { kind: "notImplemented" } as const;
const unset = <const A extends UnsetAnswer>(answer: A) => ({ kind: "answersUnset", answer }) as const;

const service = <const M extends HttpMethod>(method: M) => ({ method, target: "service" }) as const;
const bucket = <const M extends HttpMethod>(method: M) => ({ method, target: "bucket" }) as const;
const object = <const M extends HttpMethod>(method: M) => ({ method, target: "object" }) as const;

const table = {
  // --- service
  ListBuckets: { ...service("GET"), status: supported },
  ListDirectoryBuckets: { ...service("GET"), subresource: "max-directory-buckets", status: notImplemented },

  // --- bucket
  CreateBucket: { ...bucket("PUT"), status: supported },
  HeadBucket: { ...bucket("HEAD"), status: supported },
  DeleteBucket: { ...bucket("DELETE"), status: supported },
  GetBucketLocation: { ...bucket("GET"), subresource: "location", status: supported },
  ListObjects: { ...bucket("GET"), status: supported },
  ListObjectsV2: { ...bucket("GET"), subresource: "list-type", status: supported },
  ListObjectVersions: { ...bucket("GET"), subresource: "versions", status: supported },
  ListMultipartUploads: { ...bucket("GET"), subresource: "uploads", status: supported },
  DeleteObjects: { ...bucket("POST"), subresource: "delete", status: supported },
  // Sent to an Object Lambda host as `POST /WriteGetObjectResponse`: here that path is a bucket's.
  WriteGetObjectResponse: { ...bucket("POST"), header: "x-amz-request-route", status: notImplemented },
  PostObject: { ...bucket("POST"), status: notImplemented },
  CreateSession: { ...bucket("GET"), subresource: "session", status: notImplemented },

  // --- bucket configurations: reading an unset one answers as S3 does, setting one waits until it is built
  GetBucketAcl: { ...bucket("GET"), subresource: "acl", status: supported },
  PutBucketAcl: { ...bucket("PUT"), subresource: "acl", status: notImplemented },
  GetBucketAbac: { ...bucket("GET"), subresource: "abac", status: notImplemented },
  PutBucketAbac: { ...bucket("PUT"), subresource: "abac", status: notImplemented },
  GetBucketAccelerateConfiguration: {
    ...bucket("GET"),
    subresource: "accelerate",
    status: unset({ document: "AccelerateConfiguration" }),
  },
  PutBucketAccelerateConfiguration: { ...bucket("PUT"), subresource: "accelerate", status: notImplemented },
  GetBucketAnalyticsConfiguration: {
    ...bucket("GET"),
    subresource: "analytics",
    requires: ["id"],
    status: unset({ error: "NoSuchConfiguration" }),
  },
  ListBucketAnalyticsConfigurations: {
    ...bucket("GET"),
    subresource: "analytics",
    requires: ["!id"],
    status: unset({ document: "ListBucketAnalyticsConfigurationsResult" }),
  },
  PutBucketAnalyticsConfiguration: { ...bucket("PUT"), subresource: "analytics", status: notImplemented },
  DeleteBucketAnalyticsConfiguration: { ...bucket("DELETE"), subresource: "analytics", status: notImplemented },
  GetBucketCors: { ...bucket("GET"), subresource: "cors", status: unset({ error: "NoSuchCORSConfiguration" }) },
  PutBucketCors: { ...bucket("PUT"), subresource: "cors", status: notImplemented },
  DeleteBucketCors: { ...bucket("DELETE"), subresource: "cors", status: notImplemented },
  GetBucketEncryption: {
    ...bucket("GET"),
    subresource: "encryption",
    status: unset({ error: "ServerSideEncryptionConfigurationNotFoundError" }),
  },
  PutBucketEncryption: { ...bucket("PUT"), subresource: "encryption", status: notImplemented },
  DeleteBucketEncryption: { ...bucket("DELETE"), subresource: "encryption", status: notImplemented },
  GetBucketIntelligentTieringConfiguration: {
    ...bucket("GET"),
    subresource: "intelligent-tiering",
    requires: ["id"],
    status: unset({ error: "NoSuchConfiguration" }),
  },
  ListBucketIntelligentTieringConfigurations: {
    ...bucket("GET"),
    subresource: "intelligent-tiering",
    requires: ["!id"],
    status: unset({ document: "ListBucketIntelligentTieringConfigurationsResult" }),
  },
  PutBucketIntelligentTieringConfiguration: {
    ...bucket("PUT"),
    subresource: "intelligent-tiering",
    status: notImplemented,
  },
  DeleteBucketIntelligentTieringConfiguration: {
    ...bucket("DELETE"),
    subresource: "intelligent-tiering",
    status: notImplemented,
  },
  GetBucketInventoryConfiguration: {
    ...bucket("GET"),
    subresource: "inventory",
    requires: ["id"],
    status: unset({ error: "NoSuchConfiguration" }),
  },
  ListBucketInventoryConfigurations: {
    ...bucket("GET"),
    subresource: "inventory",
    requires: ["!id"],
    status: unset({ document: "ListInventoryConfigurationsResult" }),
  },
  PutBucketInventoryConfiguration: { ...bucket("PUT"), subresource: "inventory", status: notImplemented },
  DeleteBucketInventoryConfiguration: { ...bucket("DELETE"), subresource: "inventory", status: notImplemented },
  GetBucketLifecycleConfiguration: {
    ...bucket("GET"),
    subresource: "lifecycle",
    status: unset({ error: "NoSuchLifecycleConfiguration" }),
  },
  PutBucketLifecycleConfiguration: { ...bucket("PUT"), subresource: "lifecycle", status: notImplemented },
  DeleteBucketLifecycle: { ...bucket("DELETE"), subresource: "lifecycle", status: notImplemented },
  GetBucketLogging: { ...bucket("GET"), subresource: "logging", status: unset({ document: "BucketLoggingStatus" }) },
  PutBucketLogging: { ...bucket("PUT"), subresource: "logging", status: notImplemented },
  CreateBucketMetadataConfiguration: {
    ...bucket("POST"),
    subresource: "metadataConfiguration",
    status: notImplemented,
  },
  GetBucketMetadataConfiguration: { ...bucket("GET"), subresource: "metadataConfiguration", status: notImplemented },
  DeleteBucketMetadataConfiguration: {
    ...bucket("DELETE"),
    subresource: "metadataConfiguration",
    status: notImplemented,
  },
  CreateBucketMetadataTableConfiguration: { ...bucket("POST"), subresource: "metadataTable", status: notImplemented },
  GetBucketMetadataTableConfiguration: { ...bucket("GET"), subresource: "metadataTable", status: notImplemented },
  DeleteBucketMetadataTableConfiguration: {
    ...bucket("DELETE"),
    subresource: "metadataTable",
    status: notImplemented,
  },
  UpdateBucketMetadataAnnotationTableConfiguration: {
    ...bucket("PUT"),
    subresource: "metadataAnnotationTable",
    status: notImplemented,
  },
  UpdateBucketMetadataInventoryTableConfiguration: {
    ...bucket("PUT"),
    subresource: "metadataInventoryTable",
    status: notImplemented,
  },
  UpdateBucketMetadataJournalTableConfiguration: {
    ...bucket("PUT"),
    subresource: "metadataJournalTable",
    status: notImplemented,
  },
  GetBucketMetricsConfiguration: {
    ...bucket("GET"),
    subresource: "metrics",
    requires: ["id"],
    status: unset({ error: "NoSuchConfiguration" }),
  },
  ListBucketMetricsConfigurations: {
    ...bucket("GET"),
    subresource: "metrics",
    requires: ["!id"],
    status: unset({ document: "ListMetricsConfigurationsResult" }),
  },
  PutBucketMetricsConfiguration: { ...bucket("PUT"), subresource: "metrics", status: notImplemented },
  DeleteBucketMetricsConfiguration: { ...bucket("DELETE"), subresource: "metrics", status: notImplemented },
  GetBucketNotificationConfiguration: {
    ...bucket("GET"),
    subresource: "notification",
    status: unset({ document: "NotificationConfiguration" }),
  },
  PutBucketNotificationConfiguration: { ...bucket("PUT"), subresource: "notification", status: notImplemented },
  GetObjectLockConfiguration: {
    ...bucket("GET"),
    subresource: "object-lock",
    status: unset({ error: "ObjectLockConfigurationNotFoundError" }),
  },
  PutObjectLockConfiguration: { ...bucket("PUT"), subresource: "object-lock", status: notImplemented },
  GetBucketOwnershipControls: {
    ...bucket("GET"),
    subresource: "ownershipControls",
    status: unset({ error: "OwnershipControlsNotFoundError" }),
  },
  PutBucketOwnershipControls: { ...bucket("PUT"), subresource: "ownershipControls", status: notImplemented },
  DeleteBucketOwnershipControls: { ...bucket("DELETE"), subresource: "ownershipControls", status: notImplemented },
  GetBucketPolicy: { ...bucket("GET"), subresource: "policy", status: unset({ error: "NoSuchBucketPolicy" }) },
  PutBucketPolicy: { ...bucket("PUT"), subresource: "policy", status: notImplemented },
  DeleteBucketPolicy: { ...bucket("DELETE"), subresource: "policy", status: notImplemented },
  GetBucketPolicyStatus: {
    ...bucket("GET"),
    subresource: "policyStatus",
    status: unset({ error: "NoSuchBucketPolicy" }),
  },
  GetPublicAccessBlock: {
    ...bucket("GET"),
    subresource: "publicAccessBlock",
    status: unset({ error: "NoSuchPublicAccessBlockConfiguration" }),
  },
  PutPublicAccessBlock: { ...bucket("PUT"), subresource: "publicAccessBlock", status: notImplemented },
  DeletePublicAccessBlock: { ...bucket("DELETE"), subresource: "publicAccessBlock", status: notImplemented },
  GetBucketReplication: {
    ...bucket("GET"),
    subresource: "replication",
    status: unset({ error: "ReplicationConfigurationNotFoundError" }),
  },
  PutBucketReplication: { ...bucket("PUT"), subresource: "replication", status: notImplemented },
  DeleteBucketReplication: { ...bucket("DELETE"), subresource: "replication", status: notImplemented },
  GetBucketRequestPayment: {
    ...bucket("GET"),
    subresource: "requestPayment",
    status: unset({ document: "RequestPaymentConfiguration" }),
  },
  PutBucketRequestPayment: { ...bucket("PUT"), subresource: "requestPayment", status: notImplemented },
  GetBucketTagging: { ...bucket("GET"), subresource: "tagging", status: unset({ error: "NoSuchTagSet" }) },
  PutBucketTagging: { ...bucket("PUT"), subresource: "tagging", status: notImplemented },
  DeleteBucketTagging: { ...bucket("DELETE"), subresource: "tagging", status: notImplemented },
  GetBucketVersioning: {
    ...bucket("GET"),
    subresource: "versioning",
    status: unset({ document: "VersioningConfiguration" }),
  },
  PutBucketVersioning: { ...bucket("PUT"), subresource: "versioning", status: notImplemented },
  GetBucketWebsite: {
    ...bucket("GET"),
    subresource: "website",
    status: unset({ error: "NoSuchWebsiteConfiguration" }),
  },
  PutBucketWebsite: { ...bucket("PUT"), subresource: "website", status: notImplemented },
  DeleteBucketWebsite: { ...bucket("DELETE"), subresource: "website", status: notImplemented },

  // --- object
  GetObject: { ...object("GET"), status: supported },
  HeadObject: { ...object("HEAD"), status: supported },
  PutObject: { ...object("PUT"), header: "!x-amz-copy-source", status: supported },
  CopyObject: { ...object("PUT"), header: "x-amz-copy-source", status: supported },
  DeleteObject: { ...object("DELETE"), status: supported },
  GetObjectAttributes: { ...object("GET"), subresource: "attributes", status: supported },
  GetObjectTagging: { ...object("GET"), subresource: "tagging", status: supported },
  PutObjectTagging: { ...object("PUT"), subresource: "tagging", status: supported },
  DeleteObjectTagging: { ...object("DELETE"), subresource: "tagging", status: supported },
  GetObjectAcl: { ...object("GET"), subresource: "acl", status: supported },
  PutObjectAcl: { ...object("PUT"), subresource: "acl", status: notImplemented },
  GetObjectLegalHold: {
    ...object("GET"),
    subresource: "legal-hold",
    status: unset({ error: "NoSuchObjectLockConfiguration" }),
  },
  PutObjectLegalHold: { ...object("PUT"), subresource: "legal-hold", status: notImplemented },
  GetObjectRetention: {
    ...object("GET"),
    subresource: "retention",
    status: unset({ error: "NoSuchObjectLockConfiguration" }),
  },
  PutObjectRetention: { ...object("PUT"), subresource: "retention", status: notImplemented },
  GetObjectTorrent: { ...object("GET"), subresource: "torrent", status: notImplemented },
  RestoreObject: { ...object("POST"), subresource: "restore", status: notImplemented },
  SelectObjectContent: { ...object("POST"), subresource: "select", status: notImplemented },
  RenameObject: { ...object("PUT"), subresource: "renameObject", status: notImplemented },
  UpdateObjectEncryption: { ...object("PUT"), subresource: "encryption", status: notImplemented },
  GetObjectAnnotation: {
    ...object("GET"),
    subresource: "annotation",
    requires: ["annotationName"],
    status: notImplemented,
  },
  ListObjectAnnotations: {
    ...object("GET"),
    subresource: "annotation",
    requires: ["!annotationName"],
    status: notImplemented,
  },
  PutObjectAnnotation: { ...object("PUT"), subresource: "annotation", status: notImplemented },
  DeleteObjectAnnotation: { ...object("DELETE"), subresource: "annotation", status: notImplemented },

  // --- multipart uploads
  CreateMultipartUpload: { ...object("POST"), subresource: "uploads", status: supported },
  UploadPart: { ...object("PUT"), subresource: "uploadId", header: "!x-amz-copy-source", status: supported },
  UploadPartCopy: { ...object("PUT"), subresource: "uploadId", header: "x-amz-copy-source", status: supported },
  ListParts: { ...object("GET"), subresource: "uploadId", status: supported },
  CompleteMultipartUpload: { ...object("POST"), subresource: "uploadId", status: supported },
  AbortMultipartUpload: { ...object("DELETE"), subresource: "uploadId", status: supported },

  // --- CORS preflight: waits for CORS configurations
  PreflightService: { ...service("OPTIONS"), status: notImplemented },
  PreflightBucket: { ...bucket("OPTIONS"), status: notImplemented },
  PreflightObject: { ...object("OPTIONS"), status: notImplemented },
} as const satisfies Record<string, OperationDefinition>;

/** S3's name of an operation. */
export type S3OperationName = keyof typeof table;

/** Every operation with what tells it from the others and what becomes of it. */
export const operations: Readonly<Record<S3OperationName, OperationDefinition>> = table;

type NamesOf<K extends OperationStatus["kind"]> = {
  [N in S3OperationName]: (typeof table)[N]["status"]["kind"] extends K ? N : never;
}[S3OperationName];

/** Operations that a handler must exist for: a table keyed by this name does not compile while one is missing. */
export type SupportedOperation = NamesOf<"supported">;
/** Operations that `renderUnset` answers, once bucket (and object) are known to exist. */
export type UnsetOperation = NamesOf<"answersUnset">;

/** Names in the table's order. */
export const operationNames: readonly S3OperationName[] = Object.keys(table).filter((name) => isS3OperationName(name));

export function isS3OperationName(name: string): name is S3OperationName {
  return Object.hasOwn(table, name);
}

export function isSupportedOperation(name: S3OperationName): name is SupportedOperation {
  return operations[name].status.kind === "supported";
}

export function isUnsetOperation(name: S3OperationName): name is UnsetOperation {
  return operations[name].status.kind === "answersUnset";
}
