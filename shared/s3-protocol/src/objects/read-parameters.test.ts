import { describe, expect, test } from "vitest";
import { requestHeaders } from "../requests/headers.ts";
import { parseQuery } from "../requests/query.ts";
import { expectS3Error } from "../testing/expect-s3-error.ts";
import {
  checkRangeAndPart,
  parseExpectedObjectSize,
  parseObjectAttributes,
  parsePartNumber,
  parseResponseOverrides,
  parseUploadPart,
} from "./read-parameters.ts";

describe("parseResponseOverrides", () => {
  test("sets the six headers, with a plus read as a blank", () => {
    const query = parseQuery(
      "response-content-type=text/html&response-content-disposition=inline;+filename%3D%22a.txt%22&response-expires=x&prefix=a",
    );
    expect(parseResponseOverrides(query, { signed: true })).toEqual({
      "content-type": "text/html",
      "content-disposition": 'inline; filename="a.txt"',
      expires: "x",
    });
  });

  test("needs a signature", () => {
    const query = parseQuery("response-content-type=a");
    expectS3Error("InvalidRequest", () => parseResponseOverrides(query, { signed: false }));
    expect(parseResponseOverrides(parseQuery("prefix=a"), { signed: false })).toEqual({});
  });

  test.for(["a%0D%0Aset-cookie:%20x", "a%00", "%E6%BC%A2"])("refuses the value %s", (value) => {
    const query = parseQuery(`response-content-type=${value}`);
    expectS3Error("InvalidArgument", () => parseResponseOverrides(query, { signed: true }));
  });
});

describe("parsePartNumber", () => {
  test("takes 1 to 10,000", () => {
    expect(parsePartNumber(parseQuery(""))).toBeUndefined();
    expect(parsePartNumber(parseQuery("partNumber=1"))).toBe(1);
    expect(parsePartNumber(parseQuery("partNumber=10000"))).toBe(10_000);
  });

  test.for(["0", "10001", "-1", "1.5", "a", "", "+1", "999999999999"])("refuses %j", (value) => {
    expectS3Error("InvalidArgument", () => parsePartNumber(parseQuery(`partNumber=${value}`)));
  });

  test("comes with an upload id for UploadPart", () => {
    const uploadId = "abcdefghijklmnop";
    expect(parseUploadPart(parseQuery(`partNumber=2&uploadId=${uploadId}`))).toEqual({ uploadId, partNumber: 2 });
    expectS3Error("InvalidArgument", () => parseUploadPart(parseQuery(`uploadId=${uploadId}`)));
    expectS3Error("NoSuchUpload", () => parseUploadPart(parseQuery("partNumber=2&uploadId=nope")));
    expectS3Error("NoSuchUpload", () => parseUploadPart(parseQuery("partNumber=2&uploadId=a.b*c>defghijklmnop")));
  });

  test("does not go together with a range", () => {
    const ranged = requestHeaders([["range", "bytes=0-1"]]);
    expectS3Error("InvalidRequest", () => checkRangeAndPart(ranged, parseQuery("partNumber=1")));
    expect(checkRangeAndPart(ranged, parseQuery(""))).toBeUndefined();
  });
});

describe("parseObjectAttributes", () => {
  test("reads names, and where to begin with the parts", () => {
    const headers = requestHeaders([
      ["x-amz-object-attributes", "ETag, ObjectParts"],
      ["x-amz-object-attributes", "ObjectSize"],
      ["x-amz-max-parts", "5000"],
      ["x-amz-part-number-marker", "3"],
    ]);
    expect(parseObjectAttributes(headers)).toEqual({
      attributes: new Set(["ETag", "ObjectParts", "ObjectSize"]),
      maxParts: 1000,
      partNumberMarker: 3,
    });
  });

  test("needs at least one name, and only known ones", () => {
    expectS3Error("InvalidArgument", () => parseObjectAttributes(requestHeaders([])));
    expectS3Error("InvalidArgument", () =>
      parseObjectAttributes(requestHeaders([["x-amz-object-attributes", "Etag"]])),
    );
    const headers = requestHeaders([
      ["x-amz-object-attributes", "ETag"],
      ["x-amz-max-parts", "-1"],
    ]);
    expectS3Error("InvalidArgument", () => parseObjectAttributes(headers));
  });
});

describe("parseExpectedObjectSize", () => {
  test("reads bytes", () => {
    expect(parseExpectedObjectSize(requestHeaders([["x-amz-mp-object-size", "5497558138880"]]))).toBe(
      5_497_558_138_880,
    );
    expect(parseExpectedObjectSize(requestHeaders([]))).toBeUndefined();
    expectS3Error("InvalidArgument", () => parseExpectedObjectSize(requestHeaders([["x-amz-mp-object-size", "a"]])));
  });
});
