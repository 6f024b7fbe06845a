import { describe, expect, test } from "vitest";
import { expectS3Error } from "../testing/expect-s3-error.ts";
import { formatContentRange, parseCopySourceRange, parseRange } from "./range.ts";

describe("parseRange", () => {
  test.for([
    ["bytes=0-0", 10, 0, 0],
    ["bytes=0-9", 10, 0, 9],
    ["bytes=3-5", 10, 3, 5],
    ["bytes=3-", 10, 3, 9],
    ["bytes=-3", 10, 7, 9],
    ["bytes=-100", 10, 0, 9],
    ["bytes=5-100", 10, 5, 9],
    ["bytes=0-99999999999999999999999", 10, 0, 9],
    ["BYTES=1-2", 10, 1, 2],
    [" bytes = 1 - 2 ", 10, 1, 2],
    ["bytes=1099511627775-", 1_099_511_627_776, 1_099_511_627_775, 1_099_511_627_775],
  ] as const)("reads %j of %i bytes", ([header, size, start, end]) => {
    expect(parseRange(header, size)).toEqual({ start, end });
  });

  test.for([
    undefined,
    "",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=a-b",
    "bytes=5-4",
    "bytes=1-2,4-5",
    "bytes=--1",
    "bytes=1",
    "bytes=0x1-2",
    "bytes=1.5-2",
    "items=0-1",
    "0-1",
  ])("ignores %j, as S3 does", (header) => {
    expect(parseRange(header, 10)).toBeUndefined();
  });

  test.for([
    ["bytes=10-", 10],
    ["bytes=10-20", 10],
    ["bytes=99999999999999999999999-", 10],
    ["bytes=-0", 10],
    ["bytes=0-", 0],
    ["bytes=0-0", 0],
    ["bytes=-1", 0],
  ] as const)("answers InvalidRange to %s of %i bytes", ([header, size]) => {
    const error = expectS3Error("InvalidRange", () => parseRange(header, size));
    expect(error.fields).toEqual({ RangeRequested: header, ActualObjectSize: String(size) });
    expect(error.headers).toEqual({ "content-range": `bytes */${size}` });
    expect(error.status).toBe(416);
  });

  test("is written back as Content-Range", () => {
    expect(formatContentRange({ start: 3, end: 5 }, 10)).toBe("bytes 3-5/10");
  });
});

describe("parseCopySourceRange", () => {
  test("takes first and last byte", () => {
    expect(parseCopySourceRange("bytes=0-9", 10)).toEqual({ start: 0, end: 9 });
    expect(parseCopySourceRange("bytes=4-4", 10)).toEqual({ start: 4, end: 4 });
  });

  test.for([
    "bytes=0-",
    "bytes=-5",
    "0-5",
    "bytes=5-4",
    "bytes=0-5,6-7",
    "bytes=0-10",
    "bytes=10-11",
    "bytes= 0-5",
    "",
    "bytes=a-b",
  ])("answers InvalidArgument to %j of 10 bytes", (header) => {
    expectS3Error("InvalidArgument", () => parseCopySourceRange(header, 10));
  });
});
