import { describe, expect, test } from "vitest";
import { requestHeaders } from "../requests/headers.ts";
import { expectS3Error } from "../testing/expect-s3-error.ts";
import { parseTaggingHeader, validateTags } from "./tags.ts";

const header = (value: string) => parseTaggingHeader(requestHeaders([["x-amz-tagging", value]]));

describe("parseTaggingHeader", () => {
  test("reads URL-encoded pairs in order", () => {
    expect(header("a=1&b+c=%C3%A4%2B&d&e=")).toEqual([
      { key: "a", value: "1" },
      { key: "b c", value: "ä+" },
      { key: "d", value: "" },
      { key: "e", value: "" },
    ]);
    expect(parseTaggingHeader(requestHeaders([]))).toEqual([]);
    expect(header("")).toEqual([]);
  });

  test.for(["a=1&a=2", "a=%", "a=%ff"])("answers InvalidArgument to %s", (value) => {
    expectS3Error("InvalidArgument", () => header(value));
  });

  test("takes ten tags and not eleven", () => {
    const pairs = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v`).join("&");
    expect(header(pairs(10))).toHaveLength(10);
    const error = expectS3Error("BadRequest", () => header(pairs(11)));
    expect(error.message).toBe("Object tags cannot be greater than 10");
  });
});

describe("validateTags", () => {
  test.for([
    ["k", "v"],
    ["k".repeat(128), "v".repeat(256)],
    ["a b+c-d=e.f_g:h/i@j", ""],
    ["schlüssel 漢字 ٣", "Ünï"],
    ["k", "aws:fine"],
  ] as const)("takes %s: %s", ([key, value]) => {
    expect(validateTags([{ key, value }])).toBeUndefined();
  });

  test.for([
    ["", "v"],
    ["k".repeat(129), "v"],
    ["k", "v".repeat(257)],
    ["k!", "v"],
    ["k", "a&b"],
    ["k", "😀"],
    ["k\n", "v"],
    ["aws:k", "v"],
  ] as const)("answers InvalidTag to %j: %j", ([key, value]) => {
    expectS3Error("InvalidTag", () => validateTags([{ key, value }]));
  });

  test("refuses a key given twice", () => {
    const error = expectS3Error("InvalidTag", () =>
      validateTags([
        { key: "a", value: "1" },
        { key: "a", value: "1" },
      ]),
    );
    expect(error.message).toBe("Cannot provide multiple Tags with the same key");
  });
});
