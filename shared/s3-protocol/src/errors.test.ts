import { describe, expect, test } from "vitest";
import { errorCatalogue, fromMeshError, isS3Error, isS3ErrorCode, s3Error } from "./errors.ts";

describe("the error catalogue", () => {
  test("gives every code a status of a redirect or an error, and one sentence", () => {
    for (const [code, { status, message }] of Object.entries(errorCatalogue)) {
      expect(code).toMatch(/^[A-Z][A-Za-z0-9]+$/);
      expect(status, code).toBeGreaterThanOrEqual(300);
      expect(status, code).toBeLessThan(600);
      expect(message.length, code).toBeGreaterThan(3);
      expect(message, code).not.toMatch(/[\r\n]/);
    }
  });

  test.for([
    ["NoSuchKey", 404],
    ["NoSuchBucketPolicy", 404],
    ["ServerSideEncryptionConfigurationNotFoundError", 404],
    ["BucketNotEmpty", 409],
    ["ConditionalRequestConflict", 409],
    ["PreconditionFailed", 412],
    ["InvalidRange", 416],
    ["NotImplemented", 501],
    ["SlowDown", 503],
  ] as const)("answers %s with %i", ([code, status]) => {
    expect(s3Error(code).status).toBe(status);
  });

  test("knows codes by name, and no names of Object.prototype", () => {
    expect(isS3ErrorCode("NoSuchUpload")).toBe(true);
    expect(isS3ErrorCode("constructor")).toBe(false);
    expect(isS3ErrorCode("__proto__")).toBe(false);
  });
});

describe("fromMeshError", () => {
  test.for([
    ["NoSuchKey", "NoSuchKey"],
    ["PreconditionFailed", "PreconditionFailed"],
    ["QuotaExceeded", "QuotaExceeded"],
    ["SlowDown", "SlowDown"],
    ["RequestTimeout", "SlowDown"],
    ["ServiceUnavailable", "SlowDown"],
    ["InvalidInput", "InvalidRequest"],
    ["InternalError", "InternalError"],
    ["SomethingElse", "InternalError"],
    ["constructor", "InternalError"],
  ] as const)("answers the mesh's %s with %s, in S3's words", ([code, expected]) => {
    const error = fromMeshError({ code, message: "subject object-metadata.v1 said no" });
    expect(error).toMatchObject({ code: expected, message: errorCatalogue[expected].message });
  });

  test("keeps the detail where S3's message says nothing", () => {
    expect(fromMeshError({ code: "InvalidArgument", message: "replicas: too many" }).message).toBe(
      "replicas: too many",
    );
  });
});

describe("s3Error", () => {
  test("takes the catalogue's message unless told otherwise, and carries fields, headers and cause", () => {
    const cause = new Error("why");
    const error = s3Error("NoSuchKey", { fields: { Key: "k" }, headers: { allow: "GET" }, cause });
    expect(error).toMatchObject({ message: errorCatalogue.NoSuchKey.message, fields: { Key: "k" }, cause });
    expect(error.headers).toEqual({ allow: "GET" });
    expect(s3Error("NoSuchKey", { message: "other" }).message).toBe("other");
  });

  test("is recognised by name and code, not by class", () => {
    const copy = Object.assign(new Error("x"), { name: "S3Error", code: "NoSuchKey" });
    expect(isS3Error(copy)).toBe(true);
    expect(isS3Error(copy, "NoSuchBucket")).toBe(false);
    expect(isS3Error(new Error("x"))).toBe(false);
  });
});
