import { describe, expect, test } from "vitest";
import { requestHeaders } from "../requests/headers.ts";
import { expectS3Error } from "../testing/expect-s3-error.ts";
import { checkCopyOntoItself, parseCopyDirectives, parseCopySource } from "./copy.ts";

describe("parseCopySource", () => {
  test.for([
    ["bucket/key", { bucket: "bucket", key: "key" }],
    ["/bucket/key", { bucket: "bucket", key: "key" }],
    ["/my.bucket/a/b//c", { bucket: "my.bucket", key: "a/b//c" }],
    ["bucket%2Fa%2Fb", { bucket: "bucket", key: "a/b" }],
    ["%2Fbucket%2Fa%20b", { bucket: "bucket", key: "a b" }],
    ["bucket/a+b%2Bc", { bucket: "bucket", key: "a+b+c" }],
    ["bucket/%F0%9F%98%80", { bucket: "bucket", key: "😀" }],
    ["bucket/\u00c3\u00a4", { bucket: "bucket", key: "ä" }],
    ["bucket/what?", { bucket: "bucket", key: "what?" }],
    ["bucket/k%3FversionId=x", { bucket: "bucket", key: "k?versionId=x" }],
    ["bucket/k?versionId=null", { bucket: "bucket", key: "k", versionId: "null" }],
    ["bucket//k", { bucket: "bucket", key: "/k" }],
  ] as const)("reads %s", ([header, source]) => {
    expect(parseCopySource(header)).toEqual(source);
  });

  test.for(["", "/", "bucket", "/bucket", "bucket/", "/bucket/", "//key", "bu cket/key", "bucket/%", "bucket/%ff"])(
    "answers InvalidArgument to %j",
    (header) => {
      expectS3Error("InvalidArgument", () => parseCopySource(header));
    },
  );

  test("answers by name what it does not do", () => {
    expectS3Error("NotImplemented", () => parseCopySource("arn:aws:s3:us-east-1:1:accesspoint/ap/object/k"));
    expectS3Error("NotImplemented", () => parseCopySource("arn%3Aaws%3As3%3Aus-east-1%3A1%3Aaccesspoint%2Fap"));
    expectS3Error("NoSuchVersion", () => parseCopySource("b/k?versionId=abc"));
    expectS3Error("InvalidArgument", () => parseCopySource("b/k?versionId="));
  });

  test("holds keys to S3's rules", () => {
    expectS3Error("KeyTooLongError", () => parseCopySource(`b/${"k".repeat(1025)}`));
    expectS3Error("InvalidURI", () => parseCopySource("b/../k"));
  });
});

describe("directives", () => {
  test("are COPY unless told otherwise", () => {
    expect(parseCopyDirectives(requestHeaders([]))).toEqual({ metadata: "COPY", tagging: "COPY" });
    const headers = requestHeaders([
      ["x-amz-metadata-directive", "REPLACE"],
      ["x-amz-tagging-directive", "REPLACE"],
    ]);
    expect(parseCopyDirectives(headers)).toEqual({ metadata: "REPLACE", tagging: "REPLACE" });
  });

  test.for(["x-amz-metadata-directive", "x-amz-tagging-directive"])("refuse an unknown %s", (name) => {
    expectS3Error("InvalidArgument", () => parseCopyDirectives(requestHeaders([[name, "replace"]])));
  });

  test("must change something when an object is copied onto itself", () => {
    const here = { bucket: "b", key: "k" };
    const replace = requestHeaders([["x-amz-metadata-directive", "REPLACE"]]);
    expectS3Error("InvalidRequest", () => checkCopyOntoItself(here, here, requestHeaders([])));
    expect(checkCopyOntoItself(here, here, replace)).toBeUndefined();
    expect(checkCopyOntoItself(here, here, requestHeaders([["x-amz-storage-class", "STANDARD"]]))).toBeUndefined();
    expect(checkCopyOntoItself(here, { bucket: "b", key: "l" }, requestHeaders([]))).toBeUndefined();
  });
});
