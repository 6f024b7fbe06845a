import { describe, expect, test } from "vitest";
import { requestHeaders, type HeaderEntries } from "../requests/headers.ts";
import { parseQuery } from "../requests/query.ts";
import { expectS3Error, outcomeOf } from "../testing/expect-s3-error.ts";
import { detectOperation, matchOperation, subresources } from "./detect.ts";
import { isS3OperationName, operationNames, operations, type OperationTarget } from "./table.ts";

const targets = {
  service: {},
  bucket: { bucket: "b" },
  object: { bucket: "b", key: "k" },
} as const;

function request(method: string, target: OperationTarget, rawQuery = "", headers: HeaderEntries = []) {
  return { method, ...targets[target], query: parseQuery(rawQuery), headers: requestHeaders(headers) };
}

const detect = (...args: Parameters<typeof request>) => detectOperation(request(...args));
const copySource: HeaderEntries = [["x-amz-copy-source", "/a/b"]];

describe("detectOperation", () => {
  test.for([
    ["GET", "service", "", "ListBuckets"],
    ["GET", "service", "x-id=ListBuckets&max-buckets=3", "ListBuckets"],
    ["PUT", "bucket", "", "CreateBucket"],
    ["HEAD", "bucket", "", "HeadBucket"],
    ["DELETE", "bucket", "", "DeleteBucket"],
    ["GET", "bucket", "", "ListObjects"],
    ["GET", "bucket", "prefix=acl&delimiter=/", "ListObjects"],
    ["GET", "bucket", "list-type=2&prefix=a", "ListObjectsV2"],
    ["GET", "bucket", "versions", "ListObjectVersions"],
    ["GET", "bucket", "uploads=", "ListMultipartUploads"],
    ["GET", "bucket", "location", "GetBucketLocation"],
    ["GET", "bucket", "versioning", "GetBucketVersioning"],
    ["GET", "bucket", "analytics", "ListBucketAnalyticsConfigurations"],
    ["GET", "bucket", "analytics&id=1", "GetBucketAnalyticsConfiguration"],
    ["POST", "bucket", "delete", "DeleteObjects"],
    ["GET", "object", "", "GetObject"],
    ["GET", "object", "x-id=GetObject&response-content-type=a&partNumber=1", "GetObject"],
    ["GET", "object", "versionId=null", "GetObject"],
    ["HEAD", "object", "", "HeadObject"],
    ["PUT", "object", "x-id=PutObject", "PutObject"],
    ["DELETE", "object", "versionId=null", "DeleteObject"],
    ["GET", "object", "attributes", "GetObjectAttributes"],
    ["PUT", "object", "tagging", "PutObjectTagging"],
    ["POST", "object", "uploads", "CreateMultipartUpload"],
    ["PUT", "object", "partNumber=1&uploadId=u", "UploadPart"],
    ["GET", "object", "uploadId=u", "ListParts"],
    ["POST", "object", "uploadId=u", "CompleteMultipartUpload"],
    ["DELETE", "object", "uploadId=u", "AbortMultipartUpload"],
    ["GET", "object", "retention", "GetObjectRetention"],
  ] as const)("%s %s ?%s is %s", ([method, target, query, name]) => {
    expect(detect(method, target, query)).toBe(name);
  });

  test("tells copies by their header", () => {
    expect(detect("PUT", "object", "", copySource)).toBe("CopyObject");
    expect(detect("PUT", "object", "uploadId=u&partNumber=1", copySource)).toBe("UploadPartCopy");
  });

  test.for([
    ["PUT", "bucket", "versioning", "PutBucketVersioning"],
    ["PUT", "bucket", "acl", "PutBucketAcl"],
    ["PUT", "object", "acl", "PutObjectAcl"],
    ["PUT", "object", "retention", "PutObjectRetention"],
    ["PUT", "object", "renameObject", "RenameObject"],
    ["PUT", "object", "encryption", "UpdateObjectEncryption"],
    ["POST", "object", "restore", "RestoreObject"],
    ["POST", "object", "select&select-type=2", "SelectObjectContent"],
    ["GET", "object", "torrent", "GetObjectTorrent"],
    ["GET", "object", "annotation&annotationName=a", "GetObjectAnnotation"],
    ["DELETE", "bucket", "policy", "DeleteBucketPolicy"],
    ["POST", "bucket", "metadataTable", "CreateBucketMetadataTableConfiguration"],
    ["GET", "bucket", "session", "CreateSession"],
    ["POST", "bucket", "", "PostObject"],
    ["OPTIONS", "object", "", "PreflightObject"],
  ] as const)("answers NotImplemented by name for %s %s ?%s", ([method, target, query, name]) => {
    const error = expectS3Error("NotImplemented", () => detect(method, target, query));
    expect(error.fields).toEqual({ Operation: name });
    expect(error.message).toContain(name);
  });

  test.for([
    ["POST", "object", ""],
    ["PATCH", "object", ""],
    ["DELETE", "service", ""],
    ["HEAD", "object", "acl"],
    ["GET", "object", "versioning"],
    ["DELETE", "object", "policy"],
    ["PUT", "bucket", "uploadId=u"],
    ["PUT", "object", "list-type=2"],
  ] as const)("answers MethodNotAllowed for %s %s ?%s", ([method, target, query]) => {
    expectS3Error("MethodNotAllowed", () => detect(method, target, query));
  });

  test("says in Allow what would have been allowed", () => {
    const { headers } = expectS3Error("MethodNotAllowed", () => detect("POST", "object", "tagging"));
    expect(headers).toEqual({ allow: "GET, PUT, DELETE" });
  });

  test("refuses two sub-resources at once, but not the same one twice", () => {
    const error = expectS3Error("InvalidArgument", () => detect("GET", "bucket", "acl&policy"));
    expect(error.message).toBe("Conflicting query string parameters: acl, policy");
    expect(detect("GET", "bucket", "acl&acl")).toBe("GetBucketAcl");
    expectS3Error("InvalidArgument", () => detect("PUT", "object", "tagging&uploadId=u"));
  });

  test.for([
    ["GET", "object", "versionId=3HL4kqtJlcpXroDTDmJ", "NoSuchVersion"],
    ["HEAD", "object", "versionId=x", "NoSuchVersion"],
    ["GET", "object", "tagging&versionId=x", "NoSuchVersion"],
    ["DELETE", "object", "versionId=x", "InvalidArgument"],
    ["GET", "object", "versionId=", "InvalidArgument"],
    ["PUT", "object", "versionId=null", "InvalidArgument"],
    ["POST", "object", "uploads&versionId=x", "InvalidArgument"],
    ["DELETE", "bucket", "versionId=null", "InvalidArgument"],
    ["GET", "bucket", "versionId=x", "InvalidArgument"],
    ["PUT", "object", "partNumber=1", "InvalidArgument"],
    ["DELETE", "object", "partNumber=1", "InvalidArgument"],
    ["GET", "bucket", "list-type=3", "InvalidArgument"],
    ["GET", "bucket", "list-type", "InvalidArgument"],
  ] as const)("does not ignore the parameter of %s %s ?%s: %s", ([method, target, query, code]) => {
    expectS3Error(code, () => detect(method, target, query));
  });

  test("ignores unknown parameters on reads as S3 does, and on writes when they have a value", () => {
    expect(detect("GET", "object", "nocache")).toBe("GetObject");
    expect(detect("PUT", "object", "trace=1")).toBe("PutObject");
    expect(detect("PUT", "object", "X-Amz-Security-Token=")).toBe("PutObject");
  });

  test.for(["PUT", "DELETE", "POST"])("takes an unknown bare parameter on %s for a sub-resource to come", (method) => {
    const target = method === "POST" ? "bucket" : "object";
    expectS3Error("NotImplemented", () => detect(method, target, "futureThing"));
    expectS3Error("NotImplemented", () => detect(method, target, "ACL="));
  });
});

describe("the operation table", () => {
  // The commands of @aws-sdk/client-s3 3.9xx, 2026-11.
  const documented =
    `AbortMultipartUpload CompleteMultipartUpload CopyObject CreateBucket CreateBucketMetadataConfiguration
    CreateBucketMetadataTableConfiguration CreateMultipartUpload CreateSession DeleteBucket DeleteBucketAnalyticsConfiguration
    DeleteBucketCors DeleteBucketEncryption DeleteBucketIntelligentTieringConfiguration DeleteBucketInventoryConfiguration
    DeleteBucketLifecycle DeleteBucketMetadataConfiguration DeleteBucketMetadataTableConfiguration
    DeleteBucketMetricsConfiguration DeleteBucketOwnershipControls DeleteBucketPolicy DeleteBucketReplication
    DeleteBucketTagging DeleteBucketWebsite DeleteObject DeleteObjectAnnotation DeleteObjects DeleteObjectTagging
    DeletePublicAccessBlock GetBucketAbac GetBucketAccelerateConfiguration GetBucketAcl GetBucketAnalyticsConfiguration
    GetBucketCors GetBucketEncryption GetBucketIntelligentTieringConfiguration GetBucketInventoryConfiguration
    GetBucketLifecycleConfiguration GetBucketLocation GetBucketLogging GetBucketMetadataConfiguration
    GetBucketMetadataTableConfiguration GetBucketMetricsConfiguration GetBucketNotificationConfiguration
    GetBucketOwnershipControls GetBucketPolicy GetBucketPolicyStatus GetBucketReplication GetBucketRequestPayment
    GetBucketTagging GetBucketVersioning GetBucketWebsite GetObject GetObjectAcl GetObjectAnnotation GetObjectAttributes
    GetObjectLegalHold GetObjectLockConfiguration GetObjectRetention GetObjectTagging GetObjectTorrent GetPublicAccessBlock
    HeadBucket HeadObject ListBucketAnalyticsConfigurations ListBucketIntelligentTieringConfigurations
    ListBucketInventoryConfigurations ListBucketMetricsConfigurations ListBuckets ListDirectoryBuckets ListMultipartUploads
    ListObjectAnnotations ListObjects ListObjectsV2 ListObjectVersions ListParts PutBucketAbac
    PutBucketAccelerateConfiguration PutBucketAcl PutBucketAnalyticsConfiguration PutBucketCors PutBucketEncryption
    PutBucketIntelligentTieringConfiguration PutBucketInventoryConfiguration PutBucketLifecycleConfiguration
    PutBucketLogging PutBucketMetricsConfiguration PutBucketNotificationConfiguration PutBucketOwnershipControls
    PutBucketPolicy PutBucketReplication PutBucketRequestPayment PutBucketTagging PutBucketVersioning PutBucketWebsite
    PutObject PutObjectAcl PutObjectAnnotation PutObjectLegalHold PutObjectLockConfiguration PutObjectRetention
    PutObjectTagging PutPublicAccessBlock RenameObject RestoreObject SelectObjectContent
    UpdateBucketMetadataAnnotationTableConfiguration UpdateBucketMetadataInventoryTableConfiguration
    UpdateBucketMetadataJournalTableConfiguration UpdateObjectEncryption UploadPart UploadPartCopy WriteGetObjectResponse`
      .trim()
      .split(/\s+/);

  test("has every operation that AWS documents", () => {
    const known: readonly string[] = operationNames;
    expect(documented.filter((name) => !known.includes(name))).toEqual([]);
  });

  test("leads a request made from each entry back to that entry", () => {
    for (const name of operationNames) {
      const { method, target, subresource, requires = [], header } = operations[name];
      const query = [subresource, ...requires.filter((parameter) => !parameter.startsWith("!"))]
        .filter((parameter) => parameter !== undefined)
        .join("&");
      const headers: HeaderEntries = header === undefined || header.startsWith("!") ? [] : [[header, "x"]];
      expect(matchOperation(request(method, target, query, headers)), name).toBe(name);
    }
  });

  test("never lets a sub-resource fall through to the plain verb", () => {
    const outcomes = new Map<string, number>();
    for (const method of ["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"]) {
      for (const target of ["service", "bucket", "object"] as const) {
        for (const subresource of subresources) {
          for (const suffix of ["", "=", "=1", "&id=1", "&x-id=PutObject", "&unknown=1"]) {
            const outcome = check(method, target, subresource, suffix);
            outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
          }
        }
      }
    }
    expect([...outcomes.keys()].toSorted()).toEqual([
      // The one parameter whose value is checked here.
      "InvalidArgument of list-type",
      "MethodNotAllowed",
      "MethodNotAllowed of list-type",
      "NotImplemented",
      "answersUnset",
      "supported",
    ]);
  });

  function check(method: string, target: OperationTarget, subresource: string, suffix: string): string {
    const outcome = outcomeOf(() => detect(method, target, `${subresource}${suffix}`));
    if (!isS3OperationName(outcome)) return subresource === "list-type" ? `${outcome} of list-type` : outcome;
    // Never the plain verb: the operation is this sub-resource's.
    expect(operations[outcome]).toMatchObject({ method, target, subresource });
    return operations[outcome].status.kind;
  }
});
