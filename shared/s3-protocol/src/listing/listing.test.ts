import { describe, expect, test } from "vitest";
import { parseQuery } from "../requests/query.ts";
import { expectS3Error } from "../testing/expect-s3-error.ts";
import { seeded } from "../testing/seeded.ts";
import { decodeContinuationToken, encodeContinuationToken } from "./continuation-token.ts";
import {
  parseListBuckets,
  parseListMultipartUploads,
  parseListObjects,
  parseListObjectsV2,
  parseListObjectVersions,
  parseListParts,
} from "./parameters.ts";

describe("continuation tokens", () => {
  test("carry any key, and a version where there is one", () => {
    const random = seeded(3);
    for (let round = 0; round < 500; round += 1) {
      const point = round % 2 === 0 ? { after: random.text(50) } : { after: random.text(50), version: "null" };
      const token = encodeContinuationToken(point);
      expect(token).toMatch(/^[A-Za-z0-9_-]+$/);
      expect(decodeContinuationToken(token)).toEqual(point);
    }
  });

  const token = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  test.for([
    "",
    "x",
    "%%%",
    "eyJ2IjoxfQ==",
    token({ v: 2, after: "a" }),
    token({ v: 1 }),
    token({ v: 1, after: 3 }),
    token({ v: 1, after: "a", version: 1 }),
    token(null),
    token([1]),
    "A".repeat(10_000),
  ])("are refused when they are not ours: %s", (value) => {
    expectS3Error("InvalidArgument", () => decodeContinuationToken(value));
  });
});

describe("parseListObjects", () => {
  test("has S3's defaults", () => {
    expect(parseListObjects(parseQuery(""))).toEqual({
      prefix: "",
      delimiter: "",
      encodingType: undefined,
      marker: "",
      maxKeys: 1000,
      startAfter: "",
    });
  });

  test("reads everything", () => {
    expect(parseListObjects(parseQuery("prefix=a%2F+b&delimiter=%2F&marker=m&max-keys=7&encoding-type=url"))).toEqual({
      prefix: "a/ b",
      delimiter: "/",
      encodingType: "url",
      marker: "m",
      maxKeys: 7,
      startAfter: "m",
    });
  });

  test.for([
    ["0", 0],
    ["1000", 1000],
    ["1001", 1000],
    ["2147483647", 1000],
    ["", 1000],
  ] as const)("takes max-keys=%s as %i", ([value, maxKeys]) => {
    expect(parseListObjects(parseQuery(`max-keys=${value}`)).maxKeys).toBe(maxKeys);
  });

  test.for(["max-keys=-1", "max-keys=a", "max-keys=1.5", "max-keys=2147483648", "max-keys=1e3", "encoding-type=xml"])(
    "refuses %s",
    (raw) => {
      const { fields } = expectS3Error("InvalidArgument", () => parseListObjects(parseQuery(raw)));
      expect(fields["ArgumentName"]).toBe(raw.split("=")[0]);
    },
  );
});

describe("parseListObjectsV2", () => {
  test("begins at the token, which wins over start-after", () => {
    const token = encodeContinuationToken({ after: "m" });
    const parsed = parseListObjectsV2(
      parseQuery(`list-type=2&continuation-token=${token}&start-after=a&fetch-owner=true`),
    );
    expect(parsed).toMatchObject({ after: "m", startAfter: "a", continuationToken: token, fetchOwner: true });
    expect(parseListObjectsV2(parseQuery("start-after=a"))).toMatchObject({ after: "a", fetchOwner: false });
    expect(parseListObjectsV2(parseQuery(""))).toMatchObject({ after: "", startAfter: undefined });
  });

  test("refuses an empty or foreign token", () => {
    expectS3Error("InvalidArgument", () => parseListObjectsV2(parseQuery("continuation-token=")));
    expectS3Error("InvalidArgument", () => parseListObjectsV2(parseQuery("continuation-token=abc")));
  });
});

describe("the other listings", () => {
  test("ListObjectVersions needs a key marker for a version marker", () => {
    expect(parseListObjectVersions(parseQuery("key-marker=k&version-id-marker=null"))).toMatchObject({
      after: "k",
      versionIdMarker: "null",
    });
    expectS3Error("InvalidArgument", () => parseListObjectVersions(parseQuery("version-id-marker=null")));
    expectS3Error("InvalidArgument", () => parseListObjectVersions(parseQuery("key-marker=k&version-id-marker=")));
  });

  test("ListMultipartUploads ignores an upload marker without a key marker", () => {
    expect(parseListMultipartUploads(parseQuery("upload-id-marker=u&max-uploads=2"))).toMatchObject({
      uploadIdMarker: "",
      maxUploads: 2,
    });
    expect(parseListMultipartUploads(parseQuery("upload-id-marker=u&key-marker=k"))).toMatchObject({
      keyMarker: "k",
      uploadIdMarker: "u",
    });
  });

  test("ListParts reads its marker", () => {
    const uploadId = "abcdefghijklmnop";
    expect(parseListParts(parseQuery(`uploadId=${uploadId}&max-parts=5&part-number-marker=7`))).toEqual({
      uploadId,
      maxParts: 5,
      partNumberMarker: 7,
      encodingType: undefined,
    });
    expectS3Error("InvalidArgument", () => parseListParts(parseQuery(`uploadId=${uploadId}&part-number-marker=x`)));
    expectS3Error("NoSuchUpload", () => parseListParts(parseQuery("uploadId=x")));
  });

  test("ListBuckets takes 1 to 10,000 buckets a page", () => {
    expect(parseListBuckets(parseQuery(""))).toMatchObject({ maxBuckets: 10_000, prefix: "", startAfter: "" });
    const token = encodeContinuationToken({ after: "b" });
    expect(parseListBuckets(parseQuery(`max-buckets=1&continuation-token=${token}`))).toMatchObject({
      maxBuckets: 1,
      startAfter: "b",
    });
    for (const value of ["0", "10001", "-1", "x"]) {
      expectS3Error("InvalidArgument", () => parseListBuckets(parseQuery(`max-buckets=${value}`)));
    }
  });
});
