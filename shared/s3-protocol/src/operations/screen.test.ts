import { describe, expect, test } from "vitest";
import { requestHeaders } from "../requests/headers.ts";
import { expectS3Error } from "../testing/expect-s3-error.ts";
import { checkExpectedBucketOwner, screenHeaders } from "./screen.ts";
import { operationNames, type S3OperationName } from "./table.ts";

const screen = (operation: S3OperationName, name: string, value = "x") =>
  screenHeaders(operation, requestHeaders([[name, value]]));

describe("screenHeaders", () => {
  test.for([
    ["x-amz-server-side-encryption", "AES256"],
    ["x-amz-server-side-encryption", "aws:kms"],
    ["x-amz-server-side-encryption-aws-kms-key-id", "k"],
    ["x-amz-server-side-encryption-bucket-key-enabled", "true"],
    ["x-amz-server-side-encryption-context", "e30="],
    ["X-Amz-Server-Side-Encryption-Customer-Algorithm", "AES256"],
    ["x-amz-server-side-encryption-customer-key", "k"],
    ["x-amz-server-side-encryption-customer-key-MD5", "k"],
    ["x-amz-copy-source-server-side-encryption-customer-algorithm", "AES256"],
    ["x-amz-object-lock-mode", "GOVERNANCE"],
    ["x-amz-object-lock-retain-until-date", "2030-01-01T00:00:00Z"],
    ["x-amz-object-lock-legal-hold", "OFF"],
    ["x-amz-bypass-governance-retention", "true"],
    ["x-amz-mfa", "serial code"],
    ["x-amz-write-offset-bytes", "0"],
    ["x-amz-website-redirect-location", "/x"],
    ["x-amz-rename-source", "/b/k"],
    ["x-amz-if-match-size", "1"],
    ["x-amz-checksum-xxhash64", "AAAA"],
    ["x-amz-checksum-sha512", "AAAA"],
  ] as const)("refuses %s: %s on every operation", ([name, value]) => {
    for (const operation of operationNames) {
      const error = expectS3Error("NotImplemented", () => screen(operation, name, value));
      expect(error.fields).toEqual({ Header: name.toLowerCase() });
    }
  });

  test.for([
    ["CreateBucket", "x-amz-bucket-object-lock-enabled", "true"],
    ["CreateBucket", "x-amz-object-ownership", "ObjectWriter"],
    ["CreateBucket", "x-amz-acl", "public-read"],
    ["PutObject", "x-amz-acl", "public-read-write"],
    ["PutObject", "x-amz-acl", "authenticated-read"],
    ["CopyObject", "x-amz-acl", "aws-exec-read"],
    ["PutObject", "x-amz-grant-read", "id=1"],
    ["CreateMultipartUpload", "x-amz-grant-full-control", "id=1"],
    ["CreateMultipartUpload", "x-amz-checksum-algorithm", "SHA512"],
    ["PutObject", "content-range", "bytes 0-4/10"],
    ["UploadPart", "if-none-match", "*"],
    ["PutObject", "if-unmodified-since", "Sat, 21 Nov 2026 09:00:00 GMT"],
    ["DeleteObject", "if-none-match", "*"],
    ["DeleteObjects", "if-match", "x"],
    ["PutObjectTagging", "if-match", "x"],
    ["CreateMultipartUpload", "if-none-match", "*"],
  ] as const)("refuses on %s what it would ignore: %s: %s", ([operation, name, value]) => {
    expectS3Error("NotImplemented", () => screen(operation, name, value));
  });

  test.for([
    ["PutObject", "x-amz-acl", "everybody"],
    ["CreateBucket", "x-amz-object-ownership", "Nobody"],
    ["CreateBucket", "x-amz-bucket-object-lock-enabled", "maybe"],
    ["CreateMultipartUpload", "x-amz-checksum-algorithm", "CRC99"],
  ] as const)("answers InvalidArgument to a value S3 does not know: %s %s: %s", ([operation, name, value]) => {
    const error = expectS3Error("InvalidArgument", () => screen(operation, name, value));
    expect(error.fields).toEqual({ ArgumentName: name, ArgumentValue: value });
  });

  test.for([
    ["PutObject", "x-amz-acl", "private"],
    ["PutObject", "x-amz-acl", "bucket-owner-full-control"],
    ["CreateBucket", "x-amz-object-ownership", "BucketOwnerEnforced"],
    ["CreateBucket", "x-amz-bucket-object-lock-enabled", "false"],
    ["DeleteObject", "x-amz-bypass-governance-retention", "False"],
    ["PutObject", "if-none-match", "*"],
    ["CopyObject", "if-match", "x"],
    ["CompleteMultipartUpload", "if-none-match", "*"],
    ["DeleteObject", "if-match", "x"],
    ["GetObject", "if-modified-since", "x"],
    ["GetObject", "x-amz-checksum-mode", "ENABLED"],
    ["PutObject", "x-amz-checksum-crc64nvme", "AAAAAAAAAAA="],
    ["PutObject", "x-amz-sdk-checksum-algorithm", "crc32"],
    ["CreateMultipartUpload", "x-amz-checksum-type", "FULL_OBJECT"],
    ["PutObject", "x-amz-request-payer", "requester"],
    ["PutObject", "x-amz-meta-server-side-encryption", "x"],
    ["PutObject", "x-amz-storage-class", "STANDARD_IA"],
    ["PutObject", "x-amz-unheard-of", "x"],
    ["CopyObject", "x-amz-copy-source-if-match", "x"],
  ] as const)("lets pass %s %s: %s", ([operation, name, value]) => {
    expect(screen(operation, name, value)).toBeUndefined();
  });
});

describe("checkExpectedBucketOwner", () => {
  test("compares with every id the owner goes by, and says AccessDenied otherwise", () => {
    const headers = requestHeaders([["x-amz-expected-bucket-owner", "123456789012"]]);
    expect(checkExpectedBucketOwner(headers, ["abc", "123456789012"])).toBeUndefined();
    expectS3Error("AccessDenied", () => checkExpectedBucketOwner(headers, ["abc"]));
    expect(checkExpectedBucketOwner(requestHeaders([]), [])).toBeUndefined();
  });

  test("reads the source's header for copies", () => {
    const headers = requestHeaders([["x-amz-source-expected-bucket-owner", "x"]]);
    expect(checkExpectedBucketOwner(headers, ["y"])).toBeUndefined();
    expectS3Error("AccessDenied", () => checkExpectedBucketOwner(headers, ["y"], "x-amz-source-expected-bucket-owner"));
  });
});
