import { describe, expect, test } from "vitest";
import { requestHeaders } from "../requests/headers.ts";
import { expectS3Error } from "../testing/expect-s3-error.ts";
import { seeded } from "../testing/seeded.ts";
import { decodeHeaderValue, encodeHeaderValue } from "./header-text.ts";
import {
  parseContentHeaders,
  parseStorageClass,
  parseUserMetadata,
  renderContentHeaders,
  renderUserMetadata,
} from "./metadata.ts";

const latin1 = (text: string) => Buffer.from(text).toString("latin1");
const metadata = (headers: Record<string, string>) => parseUserMetadata(requestHeaders(Object.entries(headers)));

describe("user metadata", () => {
  test("is kept without its prefix, by lower-case name", () => {
    expect(metadata({ "X-Amz-Meta-Color": "Red", "x-amz-meta-empty": "", "content-type": "a/b" })).toEqual({
      color: "Red",
      empty: "",
    });
  });

  test("is text where its bytes are UTF-8", () => {
    expect(metadata({ "x-amz-meta-a": latin1("grün 😀") })).toEqual({ a: "grün 😀" });
  });

  test("named __proto__ is refused by name, rather than lost on its way", () => {
    const { fields } = expectS3Error("NotImplemented", () => metadata({ "x-amz-meta-__proto__": "x" }));
    expect(fields).toEqual({ Header: "x-amz-meta-__proto__" });
    expect(metadata({ "x-amz-meta-constructor": "x" })).toEqual({ constructor: "x" });
  });

  test("goes back with the bytes it came with, whatever they are, also through JSON", () => {
    const random = seeded(2);
    for (let round = 0; round < 1000; round += 1) {
      const bytes = Buffer.from(
        Array.from({ length: random.int(30) }, () => 0x20 + random.int(0xe0)).filter((b) => b !== 0x7f),
      );
      const raw = random.int(2) === 0 ? bytes.toString("latin1") : latin1(random.text(10).replace(/\p{Cc}/gu, ""));
      const stored: unknown = JSON.parse(JSON.stringify(metadata({ "x-amz-meta-a": raw })));
      expect(stored).toHaveProperty("a");
      expect(encodeHeaderValue(decodeHeaderValue(raw))).toBe(raw);
      expect(renderUserMetadata({ a: decodeHeaderValue(raw) })).toEqual([["x-amz-meta-a", raw]]);
    }
  });

  test("may have 2 KB of names and values, counted in bytes", () => {
    expect(metadata({ "x-amz-meta-ab": "x".repeat(2046) }).ab).toHaveLength(2046);
    const { fields } = expectS3Error("MetadataTooLarge", () => metadata({ "x-amz-meta-ab": "x".repeat(2047) }));
    expect(fields).toEqual({ Size: "2049", MaxSizeAllowed: "2048" });
    expectS3Error("MetadataTooLarge", () => metadata({ "x-amz-meta-ab": latin1("ä".repeat(1024)) }));
    expectS3Error("MetadataTooLarge", () =>
      metadata({ "x-amz-meta-a": "x".repeat(1500), "x-amz-meta-b": "x".repeat(600) }),
    );
  });

  test.for(["a\r\nset-cookie: x", "a\u0000", "a\u007f", "a\nb"])("refuses the value %j", (value) => {
    expectS3Error("InvalidArgument", () => metadata({ "x-amz-meta-a": value }));
  });

  test("counts what cannot stand in a header as missing", () => {
    expect(renderUserMetadata({ ok: "1", "not ok": "2", broken: "a\r\nb" })).toEqual([
      ["x-amz-meta-ok", "1"],
      ["x-amz-missing-meta", "2"],
    ]);
  });
});

describe("content headers", () => {
  const parse = (headers: Record<string, string>) => parseContentHeaders(requestHeaders(Object.entries(headers)));

  test("are the six that S3 keeps, Expires as it was sent", () => {
    const given = {
      "content-type": "text/plain; charset=utf-8",
      "content-encoding": "gzip",
      "content-language": "de, en",
      "content-disposition": 'attachment; filename="a.txt"',
      "cache-control": "max-age=60",
      expires: "tomorrow",
    };
    expect(parse({ ...given, "content-length": "3", accept: "x" })).toEqual(given);
    expect(Object.fromEntries(renderContentHeaders(given))).toEqual(given);
  });

  test.for([
    ["aws-chunked", undefined],
    ["AWS-Chunked,gzip", "gzip"],
    ["gzip, aws-chunked, br", "gzip,br"],
    ["gzip, br", "gzip, br"],
    ["", undefined],
  ] as const)("keep Content-Encoding %j as %j", ([sent, kept]) => {
    expect(parse({ "content-encoding": sent })["content-encoding"]).toBe(kept);
  });

  test("have S3's default type when none was stored", () => {
    expect(renderContentHeaders({})).toEqual([["content-type", "binary/octet-stream"]]);
  });

  test("refuse control characters", () => {
    expectS3Error("InvalidArgument", () => parse({ "content-disposition": "a\nb" }));
  });
});

describe("parseStorageClass", () => {
  const parse = (value?: string) =>
    parseStorageClass(requestHeaders(value === undefined ? [] : [["x-amz-storage-class", value]]));

  test("takes the classes that are labels here", () => {
    expect(parse()).toBe("STANDARD");
    for (const name of ["STANDARD", "STANDARD_IA", "REDUCED_REDUNDANCY", "INTELLIGENT_TIERING", "GLACIER_IR"]) {
      expect(parse(name)).toBe(name);
    }
  });

  test("has no archives, whose objects would need RestoreObject", () => {
    expectS3Error("NotImplemented", () => parse("GLACIER"));
    expectS3Error("NotImplemented", () => parse("DEEP_ARCHIVE"));
  });

  test.for(["standard", "EXPRESS_ONEZONE", "OUTPOSTS", "GOLD"])("refuses %s", (name) => {
    expectS3Error("InvalidStorageClass", () => parse(name));
  });
});
