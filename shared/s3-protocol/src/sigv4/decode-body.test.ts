import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checksumOf, verifyChecksum } from "../checksums/checksum.ts";
import { parseChecksumTrailer } from "../checksums/headers.ts";
import { isS3Error } from "../errors.ts";
import { seeded } from "../testing/seeded.ts";
import { parseAuthentication } from "./authentication.ts";
import { decodeBody, parseDecodedLength, type DecodeBodyOptions } from "./decode-body.ts";
import { awsChunkedLength, encodeAwsChunked } from "./encode-chunked.ts";
import { signRequest } from "./sign-request.ts";
import { randomBytes, randomSplit } from "./testing/random-bytes.ts";

const credentials = { accessKeyId: "AKIDHOLDFAST", secretAccessKey: "secret-secret" };
const context = { region: "us-east-1", now: new Date("2026-11-21T10:00:00Z") };
const checksumName = "x-amz-checksum-crc32";

const modes = [
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
] as const;
type Mode = (typeof modes)[number];

type Upload = { readonly encoded: Buffer; readonly options: DecodeBodyOptions };

/** An upload of this payload as a client makes it, and what the edge knows when it reads it. */
async function uploadOf(mode: Mode, payload: Uint8Array, chunkSize = 8192): Promise<Upload> {
  const url = "http://127.0.0.1:9000/b/k";
  const signed = signRequest({ method: "PUT", url }, credentials, { ...context, payload: mode });
  const request = { method: "PUT", rawPath: "/b/k", rawQuery: "", headers: Object.entries(signed.headers) };
  const authentication = parseAuthentication(request, context);
  const trailers = { [checksumName]: checksumOf("CRC32", payload) };
  const withTrailer = mode.endsWith("TRAILER");
  const encoded = encodeAwsChunked([payload], {
    chunkSize,
    ...(mode.startsWith("STREAMING-AWS4") ? { signing: signed } : {}),
    ...(withTrailer ? { trailers: () => trailers } : {}),
  });
  return {
    encoded: Buffer.concat(await Array.fromAsync(encoded)),
    options: {
      payload: authentication.payload,
      authentication,
      signingKey: signed.signingKey,
      decodedLength: payload.length,
      expectTrailers: withTrailer ? [checksumName] : [],
      limit: 1e9,
    },
  };
}

function decode(pieces: Iterable<Uint8Array>, options: DecodeBodyOptions, yielded: Uint8Array[] = []) {
  const body = decodeBody(options);
  for (const piece of pieces) yielded.push(...body.push(piece));
  body.end();
  return { payload: Buffer.concat(yielded), yielded, trailers: body.trailers() };
}

/** The code that decoding, and its caller's check of an announced checksum, is refused with; or "accepted". */
function refusalOf(pieces: Iterable<Uint8Array>, options: DecodeBodyOptions): string {
  try {
    const { payload, trailers } = decode(pieces, options);
    if (options.expectTrailers.includes(checksumName)) {
      const declared = Buffer.from(parseChecksumTrailer("CRC32", trailers), "base64");
      verifyChecksum("CRC32", declared, Buffer.from(checksumOf("CRC32", payload), "base64"));
    }
    return "accepted";
  } catch (error) {
    if (isS3Error(error)) return error.code;
    throw error;
  }
}

const latin1 = (text: string) => Buffer.from(text, "latin1");
const unsigned = (decodedLength: number, expectTrailers: string[] = []): DecodeBodyOptions => ({
  payload: { kind: "streaming-unsigned-trailer" },
  authentication: { kind: "anonymous", payload: { kind: "streaming-unsigned-trailer" } },
  decodedLength,
  expectTrailers,
  limit: 1e9,
});

describe.for(modes)("decodeBody of %s", (mode) => {
  // A first chunk that AWS allows to be followed (8 KiB), and a last, short one.
  const payload = randomBytes(seeded(1), 8192 + 37);

  test("answers the payload, verified, and its trailers", async () => {
    const { encoded, options } = await uploadOf(mode, payload);
    const decoded = decode([encoded], options);
    expect(decoded.payload.equals(payload)).toBe(true);
    expect(decoded.trailers).toEqual(mode.endsWith("TRAILER") ? { [checksumName]: checksumOf("CRC32", payload) } : {});
  });

  test("takes an empty payload", async () => {
    const { encoded, options } = await uploadOf(mode, new Uint8Array());
    expect(decode([encoded], options).payload).toHaveLength(0);
  });

  test("answers the same however the bytes are cut in two: every position", async () => {
    const short = randomBytes(seeded(2), 300);
    const { encoded, options } = await uploadOf(mode, short);
    for (let at = 0; at <= encoded.length; at += 1) {
      const decoded = decode([encoded.subarray(0, at), encoded.subarray(at)], options);
      expect(decoded.payload.equals(short), `cut at ${at}`).toBe(true);
    }
  });

  test("answers the same byte by byte, and at every cut around the framing of a second chunk", async () => {
    const { encoded, options } = await uploadOf(mode, payload);
    const single = decode(
      Array.from(encoded, (_, at) => encoded.subarray(at, at + 1)),
      options,
    );
    expect(single.payload.equals(payload)).toBe(true);
    for (let at = 8192; at <= encoded.length; at += 1) {
      const decoded = decode([encoded.subarray(0, at), encoded.subarray(at)], options);
      expect(decoded.payload.equals(payload), `cut at ${at}`).toBe(true);
    }
  });

  test("answers the same cut at random places, at random chunk sizes", async () => {
    const random = seeded(3);
    for (let round = 0; round < 60; round += 1) {
      const bytes = randomBytes(random, random.int(40_000));
      const { encoded, options } = await uploadOf(mode, bytes, 8192 + random.int(8192));
      const decoded = decode(randomSplit(random, encoded, random.int(50)), options);
      expect(decoded.payload.equals(bytes), `round ${round}`).toBe(true);
    }
  });

  test("is refused when any one byte is another", async () => {
    const short = randomBytes(seeded(4), 40);
    const { encoded, options } = await uploadOf(mode, short);
    for (let at = 0; at < encoded.length; at += 1) {
      const original = encoded[at] ?? 0;
      for (const other of new Set([original ^ 1, original ^ 0x80, 0x30, 0x0a, 0x0d, 0x20])) {
        if (other === original) continue;
        const corrupt = Buffer.from(encoded);
        corrupt[at] = other;
        expect(refusalOf([corrupt], options), `byte ${at} (${original} -> ${other})`).not.toBe("accepted");
      }
    }
  });

  test("is refused when it ends early, wherever", async () => {
    const { encoded, options } = await uploadOf(mode, randomBytes(seeded(5), 40));
    // As on AWS, the last CRLF may be missing: everything is verified by then.
    for (let length = 0; length < encoded.length - 2; length += 1) {
      const code = refusalOf([encoded.subarray(0, length)], options);
      expect(["IncompleteBody", "MalformedTrailerError"], `${length} bytes`).toContain(code);
    }
    expect(refusalOf([encoded.subarray(0, -1)], options)).toBe("IncompleteBody");
    expect(refusalOf([encoded.subarray(0, -2)], options)).toBe("accepted");
  });

  test("is refused when anything follows", async () => {
    const { encoded, options } = await uploadOf(mode, payload);
    for (const more of ["x", "\r\n", "0\r\n\r\n"]) {
      expect(refusalOf([encoded, latin1(more)], options), JSON.stringify(more)).toBe("MalformedTrailerError");
    }
  });

  test("is refused when its length is not the one announced", async () => {
    const { encoded, options } = await uploadOf(mode, payload);
    for (const decodedLength of [payload.length - 1, payload.length + 1]) {
      expect(() => decode([encoded], { ...options, decodedLength })).toThrow(
        expect.objectContaining({
          code: "IncompleteBody",
          message: "You did not provide the number of bytes specified by the Content-Length HTTP header",
          fields: { NumberBytesExpected: String(decodedLength), NumberBytesProvided: String(payload.length) },
        }),
      );
    }
  });

  test("needs an announced length, within the limit", async () => {
    const { options } = await uploadOf(mode, payload);
    expect(() => decodeBody({ ...options, decodedLength: undefined })).toThrow(
      expect.objectContaining({ code: "MissingContentLength", status: 411 }),
    );
    expect(() => decodeBody({ ...options, limit: payload.length - 1 })).toThrow(
      expect.objectContaining({ code: "EntityTooLarge" }),
    );
  });

  test("is encoded in as many bytes as awsChunkedLength says", async () => {
    for (const length of [0, 1, 8191, 8192, 8193, 70_000]) {
      const bytes = new Uint8Array(length);
      const { encoded } = await uploadOf(mode, bytes);
      const trailers = mode.endsWith("TRAILER") ? { trailers: { [checksumName]: checksumOf("CRC32", bytes) } } : {};
      const signed = mode.startsWith("STREAMING-AWS4");
      expect(awsChunkedLength(length, { chunkSize: 8192, signed, ...trailers })).toBe(encoded.length);
    }
  });
});

describe("decodeBody of signed chunks", () => {
  const mode = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER";
  const payload = randomBytes(seeded(6), 20_000);

  test("refuses chunks in another order, left out, or of another request", async () => {
    const { encoded, options } = await uploadOf(mode, payload);
    const size = encoded.indexOf("\r\n") + 2 + 8192 + 2;
    const [first, second, rest] = [
      encoded.subarray(0, size),
      encoded.subarray(size, 2 * size),
      encoded.subarray(2 * size),
    ];
    expect(refusalOf([first, second, rest], options)).toBe("accepted");
    expect(refusalOf([second, first, rest], options)).toBe("SignatureDoesNotMatch");
    expect(refusalOf([first, rest], options)).toBe("SignatureDoesNotMatch");
    expect(refusalOf([first, first, second, rest], { ...options, decodedLength: 28_192 })).toBe(
      "SignatureDoesNotMatch",
    );
    if (options.authentication.kind === "anonymous") throw new TypeError("not signed");
    const seed = { ...options.authentication, signature: "0".repeat(64) };
    expect(refusalOf([encoded], { ...options, authentication: seed })).toBe("SignatureDoesNotMatch");
    expect(refusalOf([encoded], { ...options, signingKey: new Uint8Array(32) })).toBe("SignatureDoesNotMatch");
  });

  test("shows the string to sign of the chunk, as AWS does, and never the right signature", async () => {
    const { encoded, options } = await uploadOf(mode, payload);
    const right = /chunk-signature=([0-9a-f]{64})/.exec(encoded.toString("latin1"))?.[1] ?? "";
    const forged = Buffer.from(encoded);
    forged.write("0".repeat(64), encoded.indexOf(right), "latin1");
    expect(() => decode([forged], options)).toThrow(
      expect.objectContaining({
        code: "SignatureDoesNotMatch",
        fields: expect.objectContaining({
          AWSAccessKeyId: "AKIDHOLDFAST",
          SignatureProvided: "0".repeat(64),
          StringToSign: expect.stringMatching(/^AWS4-HMAC-SHA256-PAYLOAD\n20261121T100000Z\n/),
        }),
      }),
    );
    expect(() => decode([forged], options)).not.toThrow(
      expect.objectContaining({ fields: expect.objectContaining({ StringToSign: expect.stringContaining(right) }) }),
    );
  });

  test("refuses a trailer without its signature with IncompleteBody", async () => {
    const { encoded, options } = await uploadOf(mode, payload);
    const unsignedTrailer = encoded.toString("latin1").replace(/x-amz-trailer-signature:.*\r\n/, "");
    expect(refusalOf([latin1(unsignedTrailer)], options)).toBe("IncompleteBody");
  });

  test("refuses a trailer behind the signature", async () => {
    const { encoded, options } = await uploadOf(mode, payload);
    const late = encoded.toString("latin1").replace(/(x-amz-checksum.*\r\n)(x-amz-trailer-signature.*\r\n)/, "$2$1");
    expect(refusalOf([latin1(late)], options)).toBe("MalformedTrailerError");
  });

  test("takes the MinIO client's trailer, whose line ends with LF and CRLF", async () => {
    const { encoded, options } = await uploadOf(mode, payload);
    const minio = encoded.toString("latin1").replace(/(x-amz-checksum[^\r]*)\r\n/, "$1\n\r\n");
    expect(decode([latin1(minio)], options).trailers).toEqual({ [checksumName]: checksumOf("CRC32", payload) });
  });

  test("refuses a chunk of less than 8 KiB that is not the last, as AWS does", async () => {
    const { encoded, options } = await uploadOf(mode, payload, 1024);
    expect(() => decode([encoded], options)).toThrow(
      expect.objectContaining({
        code: "InvalidChunkSizeError",
        status: 403,
        message: "Only the last chunk is allowed to have a size less than 8192 bytes",
        fields: { Chunk: "2", BadChunkSize: "1024" },
      }),
    );
  });

  test("needs the request's authentication and key", async () => {
    const { options } = await uploadOf(mode, payload);
    expect(() => decodeBody({ ...options, signingKey: undefined })).toThrow(TypeError);
  });

  test.for([
    ["no signature", "5\r\nhello\r\n0\r\n\r\n"],
    ["an empty signature", "5;chunk-signature=\r\nhello\r\n"],
    ["another parameter", `5;chunk-signature=${"0".repeat(64)};a=b\r\nhello\r\n`],
    ["another parameter before", `5;a=b;chunk-signature=${"0".repeat(64)}\r\nhello\r\n`],
    ["a negative size", `-5;chunk-signature=${"0".repeat(64)}\r\nhello\r\n`],
  ] as const)("refuses a chunk with %s with IncompleteBody", async ([, text]) => {
    const { options } = await uploadOf(mode, latin1("hello"));
    expect(refusalOf([latin1(text)], options)).toBe("IncompleteBody");
  });
});

describe("decodeBody of unsigned chunks", () => {
  test.for<[name: string, text: string, expected: string, decodedLength?: number]>([
    ["no framing", "hello", "IncompleteBody"],
    ["a signature nobody asked for", `5;chunk-signature=${"0".repeat(64)}\r\nhello\r\n0\r\n\r\n`, "IncompleteBody"],
    ["bare LF", "5\nhello\n0\n\n", "IncompleteBody"],
    ["bare CR", "5\rhello\r0\r\r", "IncompleteBody"],
    ["no CRLF behind the data", "5\r\nhello0\r\n\r\n", "IncompleteBody"],
    ["bytes between the data and its CRLF", "5\r\nhelloX\r\n0\r\n\r\n", "IncompleteBody"],
    ["no last chunk", "5\r\nhello\r\n", "IncompleteBody"],
    ["a size that is no number", "x\r\n", "IncompleteBody"],
    ["a size with a prefix", "0x5\r\nhello\r\n0\r\n\r\n", "IncompleteBody"],
    ["an empty size", "\r\nhello\r\n0\r\n\r\n", "IncompleteBody"],
    ["a size beyond any number", `${"f".repeat(17)}\r\n`, "IncompleteBody"],
    ["a size beyond what was announced", "fffffffffffffff\r\nhello", "IncompleteBody"],
    ["an endless header line", "0".repeat(1025), "IncompleteBody"],
    ["a last chunk in the middle", "2\r\nhe\r\n0\r\n3\r\nllo\r\n0\r\n\r\n", "MalformedTrailerError", 2],
    ["too few bytes", "2\r\nhe\r\n0\r\n\r\n", "IncompleteBody"],
    ["a trailer not announced", "5\r\nhello\r\n0\r\nx-amz-checksum-sha1:a\r\n\r\n", "MalformedTrailerError"],
    ["a trailer's signature", "5\r\nhello\r\n0\r\nx-amz-trailer-signature:a\r\n\r\n", "MalformedTrailerError"],
    ["a trailer that is no header", "5\r\nhello\r\n0\r\nnonsense\r\n\r\n", "MalformedTrailerError"],
    ["an endless trailer", `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${"a".repeat(8200)}`, "MalformedTrailerError"],
  ])("refuses %s", async ([, text, expected, decodedLength = 5]) => {
    expect(refusalOf([latin1(text)], unsigned(decodedLength))).toBe(expected);
    expect(refusalOf(Array.from(text, latin1), unsigned(decodedLength))).toBe(expected);
  });

  test.for<[name: string, trailer: string]>([
    ["missing", ""],
    ["given twice", "x-amz-checksum-crc32:a\r\nx-amz-checksum-crc32:b\r\n"],
    ["of another name", "x-amz-checksum-crc32c:a\r\n"],
    ["behind an empty line", "\r\nx-amz-checksum-crc32:a\r\n"],
    ["with a control character", "x-amz-checksum-crc32:a\u0000b\r\n"],
  ])("refuses an announced trailer that is %s", async ([, trailer]) => {
    const text = `5\r\nhello\r\n0\r\n${trailer}\r\n`;
    expect(refusalOf([latin1(text)], unsigned(5, [checksumName]))).toBe("MalformedTrailerError");
  });

  test("refuses a body without its announced trailer by itself, before any checksum is looked at", async () => {
    expect(() => decode([latin1("5\r\nhello\r\n0\r\n\r\n")], unsigned(5, [checksumName]))).toThrow(
      expect.objectContaining({ code: "MalformedTrailerError" }),
    );
  });

  test("refuses a chunk beyond the announced length before answering any of it", async () => {
    const seen: Uint8Array[] = [];
    const pieces = [latin1("3\r\nabc\r\n"), latin1("3\r\ndef\r\n")];
    expect(() => decode(pieces, unsigned(5), seen)).toThrow(expect.objectContaining({ code: "IncompleteBody" }));
    expect(Buffer.concat(seen).toString()).toBe("abc");
  });

  test("takes trailers in any case, with blanks around the value", async () => {
    const text = "5\r\nhello\r\n0\r\nX-Amz-Checksum-CRC32:  NhCmhg== \r\n\r\n";
    expect(decode([latin1(text)], unsigned(5, [checksumName])).trailers).toEqual({
      [checksumName]: "NhCmhg==",
    });
  });

  test("takes a body without a trailer when none is announced", async () => {
    expect(decode([latin1("5\r\nhello\r\n0\r\n\r\n")], unsigned(5)).payload.toString()).toBe("hello");
  });

  test("answers large stretches as views of what came in", async () => {
    const encoded = Buffer.concat([latin1("2000\r\n"), Buffer.alloc(8192, "a"), latin1("\r\n0\r\n\r\n")]);
    const { yielded } = decode([encoded], unsigned(8192));
    expect(yielded).toHaveLength(1);
    expect(yielded[0]?.buffer).toBe(encoded.buffer);
  });

  test("answers a flood of one-byte chunks gathered: no more pieces than came in", async () => {
    const payload = randomBytes(seeded(7), 20_000);
    const encoded = Buffer.concat([
      ...Array.from(payload, (byte) => latin1(`1\r\n${String.fromCharCode(byte)}\r\n`)),
      latin1("0\r\n\r\n"),
    ]);
    const pieces = [encoded.subarray(0, 65_536), encoded.subarray(65_536)];
    const decoded = decode(pieces, unsigned(payload.length));
    expect(decoded.payload.equals(payload)).toBe(true);
    expect(decoded.yielded.length).toBeLessThanOrEqual(pieces.length);
  });
});

describe("decodeBody of a plain body", () => {
  const body = [latin1("hel"), latin1("lo")];
  const sha256 = createHash("sha256").update("hello").digest("hex");
  const plain = (payload: DecodeBodyOptions["payload"], more: Partial<DecodeBodyOptions> = {}): DecodeBodyOptions => ({
    payload,
    authentication: { kind: "anonymous", payload },
    expectTrailers: [],
    limit: 100,
    ...more,
  });

  test("passes an unsigned one through, piece by piece", async () => {
    expect(decode(body, plain({ kind: "unsigned" })).yielded).toEqual(body);
  });

  test("verifies a signed one before its end is reported", async () => {
    expect(decode(body, plain({ kind: "signed", sha256 })).payload.toString()).toBe("hello");
    const other = "0".repeat(64);
    expect(() => decode(body, plain({ kind: "signed", sha256: other }))).toThrow(
      expect.objectContaining({
        code: "XAmzContentSHA256Mismatch",
        fields: { ClientComputedContentSHA256: other, S3ComputedContentSHA256: sha256 },
      }),
    );
    const seen: Uint8Array[] = [];
    expect(() => decode(body, plain({ kind: "signed", sha256: other }), seen)).toThrow("x-amz-content-sha256");
    expect(seen).toEqual(body);
  });

  test.for([4, 6])("refuses five bytes where %d were announced with IncompleteBody", async (decodedLength) => {
    expect(refusalOf(body, plain({ kind: "unsigned" }, { decodedLength }))).toBe("IncompleteBody");
    expect(refusalOf(body, plain({ kind: "signed", sha256 }, { decodedLength }))).toBe("IncompleteBody");
  });

  test("refuses more than the limit with EntityTooLarge, as soon as it is passed", async () => {
    expect(refusalOf(body, plain({ kind: "unsigned" }, { limit: 4 }))).toBe("EntityTooLarge");
  });
});

describe("parseDecodedLength", () => {
  test("reads a number of bytes", () => {
    expect(parseDecodedLength(" 66560 ")).toBe(66_560);
  });

  test.for([undefined, "", "not an int", "-1", "1.5", "0x10", "9".repeat(16)])("refuses %s", (value) => {
    expect(() => parseDecodedLength(value)).toThrow(expect.objectContaining({ code: "MissingContentLength" }));
  });
});
