import { describe, expect, test } from "vitest";
import { RequestHeaders } from "../requests/headers.ts";
import { checksumOf } from "./checksum.ts";
import { parseContentMd5, verifyContentMd5, verifyingContentMd5 } from "./content-md5.ts";
import {
  parseAnnouncedTrailers,
  parseChecksumTrailer,
  parseDeclaredChecksum,
  parseMultipartChecksum,
  parseObjectChecksum,
} from "./headers.ts";

const body = Buffer.from("body");
const crc32 = checksumOf("CRC32", body);
const sha256 = checksumOf("SHA256", body);
const headersOf = (headers: Record<string, string>) => new RequestHeaders(Object.entries(headers));
const refusal = (code: string, message?: string) =>
  expect.objectContaining(message === undefined ? { code } : { code, message });

describe("parseDeclaredChecksum", () => {
  const parse = (headers: Record<string, string>, streamingTrailer = false) =>
    parseDeclaredChecksum(headersOf(headers), { streamingTrailer });

  test("answers undefined for a request without a checksum", () => {
    expect(parse({ "x-amz-checksum-mode": "ENABLED", "content-md5": "x" })).toBeUndefined();
  });

  test("reads a checksum header", () => {
    expect(parse({ "x-amz-checksum-crc32": crc32, "x-amz-sdk-checksum-algorithm": "CRC32" })).toEqual({
      algorithm: "CRC32",
      trailer: false,
      value: crc32,
    });
  });

  test("reads an announced trailer, with AWS's indifference to commas behind it", () => {
    const expected = { algorithm: "CRC64NVME", trailer: true };
    expect(parse({ "x-amz-trailer": "x-amz-checksum-crc64nvme" }, true)).toEqual(expected);
    expect(parse({ "x-amz-trailer": "X-Amz-Checksum-Crc64nvme,, " }, true)).toEqual(expected);
  });

  const several = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.";
  const unsupportedTrailer = "The value specified in the x-amz-trailer header is not supported";
  const invalidSdk = "Value for x-amz-sdk-checksum-algorithm header is invalid.";
  test.for<[name: string, headers: Record<string, string>, code: string, message?: string]>([
    [
      "two checksum headers",
      { "x-amz-checksum-crc32": crc32, "x-amz-checksum-sha256": sha256 },
      "InvalidRequest",
      several,
    ],
    [
      "two of them over a wrong SDK algorithm",
      { "x-amz-checksum-crc32": crc32, "x-amz-checksum-sha256": sha256, "x-amz-sdk-checksum-algorithm": "SHA1" },
      "InvalidRequest",
      several,
    ],
    ["two trailers", { "x-amz-trailer": "x-amz-checksum-crc32, x-amz-checksum-sha1" }, "InvalidRequest", several],
    ["one trailer twice", { "x-amz-trailer": "x-amz-checksum-crc32,x-amz-checksum-crc32" }, "InvalidRequest", several],
    [
      "a header and a trailer",
      { "x-amz-checksum-crc32": crc32, "x-amz-trailer": "x-amz-checksum-crc32" },
      "InvalidRequest",
      "Expecting a single x-amz-checksum- header",
    ],
    [
      "one header twice",
      { "x-amz-checksum-crc32": `${crc32},${crc32}` },
      "InvalidRequest",
      "Value for x-amz-checksum-crc32 header is invalid.",
    ],
    [
      "a value that is no base64",
      { "x-amz-checksum-crc32": "bad" },
      "InvalidRequest",
      "Value for x-amz-checksum-crc32 header is invalid.",
    ],
    [
      "a value of another length",
      { "x-amz-checksum-crc32": sha256 },
      "InvalidRequest",
      "Value for x-amz-checksum-crc32 header is invalid.",
    ],
    [
      "base64 with stray bits",
      { "x-amz-checksum-crc32": "AAAAAB==" },
      "InvalidRequest",
      "Value for x-amz-checksum-crc32 header is invalid.",
    ],
    [
      "an unknown algorithm's header",
      { "x-amz-checksum-bad": crc32 },
      "InvalidRequest",
      "The algorithm type you specified in x-amz-checksum- header is invalid.",
    ],
    ["an algorithm that is not built", { "x-amz-checksum-xxhash64": crc32 }, "NotImplemented"],
    ["an SDK algorithm that is not built", { "x-amz-sdk-checksum-algorithm": "SHA512" }, "NotImplemented"],
    [
      "an SDK algorithm alone",
      { "x-amz-sdk-checksum-algorithm": "CRC32" },
      "InvalidRequest",
      "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
    ],
    [
      "another SDK algorithm",
      { "x-amz-sdk-checksum-algorithm": "CRC32C", "x-amz-checksum-crc32": crc32 },
      "InvalidRequest",
      invalidSdk,
    ],
    [
      "an unknown SDK algorithm",
      { "x-amz-sdk-checksum-algorithm": "x", "x-amz-checksum-crc32": crc32 },
      "InvalidRequest",
      invalidSdk,
    ],
    ["a trailer that is no checksum", { "x-amz-trailer": "content-md5" }, "InvalidRequest", unsupportedTrailer],
    [
      "an empty name among trailers",
      { "x-amz-trailer": ", x-amz-checksum-crc32" },
      "InvalidRequest",
      unsupportedTrailer,
    ],
    ["a trailer without a place for it", { "x-amz-trailer": "x-amz-checksum-crc32" }, "MalformedTrailerError"],
  ])("refuses %s", ([, headers, code, message]) => {
    expect(() => parse(headers)).toThrow(refusal(code, message));
  });
});

describe("parseChecksumTrailer", () => {
  test("answers the trailer's value", () => {
    expect(parseChecksumTrailer("CRC32", { "x-amz-checksum-crc32": crc32 })).toBe(crc32);
    expect(parseAnnouncedTrailers(headersOf({}))).toEqual([]);
  });

  test("refuses a malformed value in AWS's words, and a missing one", () => {
    expect(() => parseChecksumTrailer("CRC32", { "x-amz-checksum-crc32": "not-base-64" })).toThrow(
      refusal("InvalidRequest", "Value for x-amz-checksum-crc32 trailing header is invalid."),
    );
    expect(() => parseChecksumTrailer("CRC32", {})).toThrow(refusal("MalformedTrailerError"));
  });
});

describe("parseMultipartChecksum", () => {
  const parse = (algorithm?: string, type?: string) =>
    parseMultipartChecksum(
      headersOf({
        ...(algorithm === undefined ? {} : { "x-amz-checksum-algorithm": algorithm }),
        ...(type === undefined ? {} : { "x-amz-checksum-type": type }),
      }),
    );

  test.for([
    ["CRC32", undefined, "COMPOSITE"],
    ["crc32", "FULL_OBJECT", "FULL_OBJECT"],
    ["CRC32C", undefined, "COMPOSITE"],
    ["CRC32C", "FULL_OBJECT", "FULL_OBJECT"],
    ["CRC64NVME", undefined, "FULL_OBJECT"],
    ["SHA1", undefined, "COMPOSITE"],
    ["SHA256", "COMPOSITE", "COMPOSITE"],
  ] as const)("takes %s with type %s as %s", ([algorithm, type, expected]) => {
    expect(parse(algorithm, type)).toEqual({ algorithm: algorithm.toUpperCase(), type: expected });
  });

  test.for([
    ["CRC64NVME", "COMPOSITE", "The COMPOSITE checksum type cannot be used with the crc64nvme checksum algorithm."],
    ["SHA1", "FULL_OBJECT", "The FULL_OBJECT checksum type cannot be used with the sha1 checksum algorithm."],
    ["SHA256", "FULL_OBJECT", "The FULL_OBJECT checksum type cannot be used with the sha256 checksum algorithm."],
    ["CRC32", "OTHER", "Value for x-amz-checksum-type header is invalid."],
    [
      undefined,
      "COMPOSITE",
      "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
    ],
    [
      "CRC16",
      undefined,
      "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]",
    ],
  ] as const)("refuses %s with type %s", ([algorithm, type, message]) => {
    expect(() => parse(algorithm, type)).toThrow(refusal("InvalidRequest", message));
  });

  test("answers undefined when nothing is asked for, and NotImplemented for what is not built", () => {
    expect(parse()).toBeUndefined();
    expect(() => parse("XXHASH3")).toThrow(refusal("NotImplemented"));
  });
});

describe("parseObjectChecksum", () => {
  test.for([crc32, `${crc32}-1`, `${crc32}-10000`])("takes %s", (value) => {
    expect(parseObjectChecksum(headersOf({ "x-amz-checksum-crc32": value }))).toEqual({ algorithm: "CRC32", value });
  });

  test.for([`${crc32}-0`, `${crc32}-`, `${crc32}-1-2`, `${crc32}-10001`, "-1", "AAAA-1"])("refuses %s", (value) => {
    expect(() => parseObjectChecksum(headersOf({ "x-amz-checksum-crc32": value }))).toThrow(refusal("InvalidRequest"));
  });

  test("answers undefined without one", () => {
    expect(parseObjectChecksum(headersOf({ "x-amz-checksum-type": "COMPOSITE" }))).toBeUndefined();
  });
});

describe("Content-MD5", () => {
  const md5 = "hBotaJrYfErwHWGK8Q7wmQ==";

  test.for([
    "",
    "invalid",
    "hBotaJrYfErwHWGK8Q7w",
    "841a2d689ad86bd1611447453c22c6fc",
    `${md5}=`,
    "hBotaJrYfErwHWGK8Q7wmR==",
  ])("is refused with InvalidDigest as '%s'", (value) => {
    expect(() => parseContentMd5(value)).toThrow(
      refusal("InvalidDigest", "The Content-MD5 you specified was invalid."),
    );
  });

  test("answers BadDigest with both digests when the body is another", () => {
    expect(() => verifyContentMd5(parseContentMd5(md5), Buffer.alloc(16))).toThrow(
      expect.objectContaining({
        code: "BadDigest",
        message: "The Content-MD5 you specified did not match what we received.",
        fields: {
          ExpectedDigest: Buffer.from(md5, "base64").toString("hex"),
          CalculatedDigest: "AAAAAAAAAAAAAAAAAAAAAA==",
        },
      }),
    );
  });

  test("is verified while a body streams, before its end is reported", async () => {
    async function* source() {
      yield Buffer.from("bo");
      yield Buffer.from("dy");
    }
    const right = parseContentMd5("hBotaJrYa9FhFEdFPCLG/A==");
    expect(await Array.fromAsync(verifyingContentMd5(source(), right))).toHaveLength(2);
    await expect(Array.fromAsync(verifyingContentMd5(source(), Buffer.alloc(16)))).rejects.toThrow(
      refusal("BadDigest"),
    );
  });
});
