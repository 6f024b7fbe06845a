import { MeshError } from "@holdfast/micro";
import { StorageError } from "@holdfast/jetstream";
import { LayoutError } from "@holdfast/object-layout";
import { s3Error } from "@holdfast/s3-protocol";
import { describe, expect, test } from "vitest";
import { aboutSubject, toS3Error } from "./errors.ts";

const mesh = (code: string, status: number) => new MeshError(code, "words for operators", { status });

describe("toS3Error", () => {
  test.for([
    [mesh("NoSuchKey", 404), "NoSuchKey", 404],
    [mesh("BucketNotEmpty", 409), "BucketNotEmpty", 409],
    [mesh("RequestTimeout", 504), "SlowDown", 503],
    [mesh("ServiceUnavailable", 503), "SlowDown", 503],
    [mesh("InvalidInput", 400), "InvalidRequest", 400],
    [mesh("SomethingNew", 418), "InternalError", 500],
    [new StorageError("QuotaExceeded", "full"), "QuotaExceeded", 403],
    [new StorageError("NoResponders", "away"), "SlowDown", 503],
    [new LayoutError("MissingChunk", "gone"), "InternalError", 500],
    [new TypeError("a bug"), "InternalError", 500],
    ["a thrown string", "InternalError", 500],
  ] as const)("makes of %o the code %s", ([thrown, code, status]) => {
    expect(toS3Error(thrown)).toMatchObject({ code, status, cause: thrown });
  });

  test("leaves an S3 error as it is", () => {
    const error = s3Error("InvalidRange");
    expect(toS3Error(error)).toBe(error);
  });

  test("never gives a client the words of a bug", () => {
    expect(toS3Error(new TypeError("a secret")).message).not.toContain("secret");
  });
});

describe("aboutSubject", () => {
  const subject = { bucket: "b", key: "k", uploadId: "u" };
  test.for([
    ["NoSuchKey", { Key: "k" }],
    ["NoSuchBucket", { BucketName: "b" }],
    ["BucketAlreadyExists", { BucketName: "b" }],
    ["NoSuchUpload", { UploadId: "u" }],
    ["AccessDenied", {}],
  ] as const)("names in %s %o", ([code, fields]) => {
    expect(aboutSubject(s3Error(code), subject).fields).toEqual(fields);
  });

  test("believes an error that names its subject itself, and keeps what it carries", () => {
    const headers = { "x-amz-delete-marker": "true" };
    const error = s3Error("NoSuchKey", { fields: { Key: "the copy's source" }, headers });
    expect(aboutSubject(error, subject)).toMatchObject({ fields: { Key: "the copy's source" }, headers });
  });

  test("leaves out what is not known", () => {
    expect(aboutSubject(s3Error("NoSuchKey"), { ...subject, key: undefined }).fields).toEqual({});
  });
});
