/** `aws-chunked` uploads, signed and made wrong by hand. */
import { Readable } from "node:stream";
import { beforeAll, describe, expect, test } from "vitest";
import { freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { type Algorithm, algorithms, checksum, checksumHeader } from "./support/checksums.ts";
import { bytesOf, refusal, s3, statusOf } from "./support/clients.ts";
import { type Answer, send, verdict } from "./support/http.ts";
import { md5Hex, testBytes } from "./support/random.ts";
import { encodeFrames, type Frame, type Query, signChunks, signHeaders, signTrailers } from "./support/signer.ts";

removeBucketsAtTheEnd();
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("streaming");
});

const body = testBytes(200_000, 31);
const chunks = [body.subarray(0, 65_536), body.subarray(65_536, 131_072), body.subarray(131_072)];

type Mode = "signed" | "signed-trailer" | "unsigned-trailer";
const payloadHashes: Record<Mode, string> = {
  signed: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  "signed-trailer": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  "unsigned-trailer": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
};

type Upload = {
  readonly mode: Mode;
  readonly key: string;
  readonly chunks?: readonly Uint8Array[];
  readonly decodedLength?: string | undefined;
  readonly trailers?: Query;
  /** Names announced in `x-amz-trailer`, when they differ from those sent. */
  readonly announced?: string;
  readonly headers?: Record<string, string>;
  readonly changeFrames?: (frames: Frame[]) => void;
  readonly changeTrailers?: (trailers: (readonly [string, string])[]) => void;
  readonly changeBytes?: (bytes: Buffer) => Buffer;
};

async function upload(options: Upload): Promise<Answer> {
  const data = options.chunks ?? chunks;
  const trailers = options.trailers ?? [];
  const announced = options.announced ?? trailers.map(([name]) => name).join(",");
  const length = data.reduce((sum, chunk) => sum + chunk.length, 0);
  const headers: Record<string, string> = {
    "content-encoding": "aws-chunked",
    "x-amz-decoded-content-length": options.decodedLength ?? String(length),
    ...(announced === "" ? {} : { "x-amz-trailer": announced }),
    ...options.headers,
  };
  if ("decodedLength" in options && options.decodedLength === undefined) delete headers["x-amz-decoded-content-length"];
  const request = { method: "PUT", path: `/${Bucket}/${options.key}`, headers };
  const signed = signHeaders(request, { payloadHash: payloadHashes[options.mode] });
  const frames =
    options.mode === "unsigned-trailer"
      ? [...data, Buffer.alloc(0)].map((chunk): Frame => ({ data: Buffer.from(chunk) }))
      : signChunks(signed, data);
  const sent = [...trailers];
  if (options.mode === "signed-trailer") {
    sent.push(["x-amz-trailer-signature", signTrailers(signed, frames.at(-1)?.signature ?? "", trailers)]);
  }
  options.changeFrames?.(frames);
  options.changeTrailers?.(sent);
  const bytes = encodeFrames(frames, sent);
  return await send({ ...request, headers: signed.headers, body: options.changeBytes?.(bytes) ?? bytes });
}

async function stored(Key: string): Promise<Buffer> {
  return await bytesOf(await s3.getObject({ Bucket, Key }));
}

async function expectNothing(Key: string): Promise<void> {
  expect(await statusOf(s3.headObject({ Bucket, Key }))).toBe(404);
}

const crc32: Query = [["x-amz-checksum-crc32", checksum("CRC32", body)]];
const otherDigit = (text = "") => text.replace(/.$/, (c) => (c === "0" ? "1" : "0"));

describe("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", () => {
  const mode = "signed";
  test("stores the decoded bytes, with their MD5 as ETag", async () => {
    const answer = await upload({ mode, key: "signed" });
    expect(verdict(answer)).toBe("200");
    expect(answer.headers["etag"]).toBe(`"${md5Hex(body)}"`);
    expect((await stored("signed")).equals(body)).toBe(true);
    const head = await s3.headObject({ Bucket, Key: "signed" });
    expect(head.ContentEncoding).toBeUndefined();
    expect(head.ContentLength).toBe(body.length);
  });

  test("stores an empty object", async () => {
    expect(verdict(await upload({ mode, key: "empty", chunks: [] }))).toBe("200");
    expect(await stored("empty")).toHaveLength(0);
  });

  test("takes chunks of 8 KiB, the smallest that AWS takes, and a shorter last one", async () => {
    const small = Array.from({ length: 25 }, (_, index) => body.subarray(index * 8192, (index + 1) * 8192));
    expect(verdict(await upload({ mode, key: "small-chunks", chunks: small }))).toBe("200");
    expect((await stored("small-chunks")).equals(body)).toBe(true);
  });

  test("keeps a content encoding besides aws-chunked", async () => {
    await upload({ mode, key: "gzip", headers: { "content-encoding": "aws-chunked,gzip" } });
    expect((await s3.headObject({ Bucket, Key: "gzip" })).ContentEncoding).toBe("gzip");
  });

  test.for([0, 1, 2, 3])("refuses a tampered signature of chunk %i", async (index) => {
    const changeFrames = (frames: Frame[]) => {
      const frame = frames[index];
      if (frame !== undefined) frame.signature = otherDigit(frame.signature);
    };
    expect(verdict(await upload({ mode, key: "bad-signature", changeFrames }))).toBe("403 SignatureDoesNotMatch");
    await expectNothing("bad-signature");
  });

  test.for([0, 2])("refuses tampered bytes in chunk %i", async (index) => {
    const changeFrames = (frames: Frame[]) => {
      const data = frames[index]?.data;
      if (data !== undefined) data[100] = (data[100] ?? 0) ^ 1;
    };
    expect(verdict(await upload({ mode, key: "bad-bytes", changeFrames }))).toBe("403 SignatureDoesNotMatch");
    await expectNothing("bad-bytes");
  });

  test("refuses chunks in another order", async () => {
    const changeFrames = (frames: Frame[]) => frames.splice(0, 2, ...frames.slice(0, 2).toReversed());
    expect(verdict(await upload({ mode, key: "reordered", changeFrames }))).toBe("403 SignatureDoesNotMatch");
    await expectNothing("reordered");
  });

  test("refuses chunks without signatures", async () => {
    const changeFrames = (frames: Frame[]) => {
      for (const frame of frames) delete frame.signature;
    };
    expect([400, 403]).toContain((await upload({ mode, key: "no-signatures", changeFrames })).status);
    await expectNothing("no-signatures");
  });

  test("refuses a body that ends before the last chunk", async () => {
    const changeFrames = (frames: Frame[]) => frames.pop();
    expect((await upload({ mode, key: "no-end", changeFrames })).status).toBeGreaterThanOrEqual(400);
    await expectNothing("no-end");
  });

  test("refuses a body that leaves a chunk out", async () => {
    const changeFrames = (frames: Frame[]) => frames.splice(1, 1);
    expect((await upload({ mode, key: "gap", changeFrames })).status).toBeGreaterThanOrEqual(400);
    await expectNothing("gap");
  });

  test("refuses bytes behind the last chunk", async () => {
    const changeBytes = (bytes: Buffer) => Buffer.concat([bytes, Buffer.from("extra")]);
    expect((await upload({ mode, key: "extra", changeBytes })).status).toBe(400);
    await expectNothing("extra");
  });

  test.for([
    ["missing", undefined, "411 MissingContentLength"],
    ["no number", "x", "400 InvalidArgument"],
    ["too small", "199999", "400 IncompleteBody"],
    ["too large", "200001", "400 IncompleteBody"],
  ] as const)("refuses a decoded length that is %s", async ([, decodedLength, expected]) => {
    const answer = await upload({ mode, key: "length", decodedLength });
    if (decodedLength === "x") expect([400, 411]).toContain(answer.status);
    else if (decodedLength === "199999") expect(answer.status).toBe(400);
    else expect(verdict(answer)).toBe(expected);
    await expectNothing("length");
  });

  test.for([
    ["a size that is no hex number", "zz;chunk-signature=0\r\n"],
    ["a negative size", "-1;chunk-signature=0\r\n"],
    ["a huge size", "ffffffffffffffff;chunk-signature=0\r\n"],
    ["a chunk head without an end", `1${"0".repeat(100_000)}`],
    ["no chunks at all", "plain text"],
  ] as const)("refuses a chunk head with %s", async ([, text]) => {
    const answer = await upload({ mode, key: "bad-head", changeBytes: () => Buffer.from(text) });
    expect([400, 403]).toContain(answer.status);
    await expectNothing("bad-head");
  });
});

describe.for(["signed-trailer", "unsigned-trailer"] as const)("STREAMING-...-TRAILER, %s", (mode) => {
  test.for([...algorithms])("verifies and stores a %s in the trailer", async (algorithm: Algorithm) => {
    const key = `${mode}-${algorithm}`;
    const name = checksumHeader(algorithm);
    const answer = await upload({ mode, key, trailers: [[name, checksum(algorithm, body)]] });
    expect(verdict(answer)).toBe("200");
    expect(answer.headers[name]).toBe(checksum(algorithm, body));
    expect((await stored(key)).equals(body)).toBe(true);
    const head = await s3.headObject({ Bucket, Key: key, ChecksumMode: "ENABLED" });
    expect(head[`Checksum${algorithm}`]).toBe(checksum(algorithm, body));
  });

  test("refuses a checksum that does not match with BadDigest", async () => {
    const trailers: Query = [["x-amz-checksum-crc32", checksum("CRC32", "other")]];
    expect(verdict(await upload({ mode, key: "bad-trailer", trailers }))).toBe("400 BadDigest");
    await expectNothing("bad-trailer");
  });

  test("refuses a trailer that was announced and does not come", async () => {
    const answer = await upload({ mode, key: "no-trailer", announced: "x-amz-checksum-crc32" });
    expect(answer.status).toBe(400);
    await expectNothing("no-trailer");
  });

  test("refuses another trailer than the one announced", async () => {
    const announced = "x-amz-checksum-sha256";
    expect((await upload({ mode, key: "other-trailer", trailers: crc32, announced })).status).toBe(400);
    await expectNothing("other-trailer");
  });

  test("refuses a trailer that is no header line", async () => {
    const changeTrailers = (sent: (readonly [string, string])[]) => sent.splice(0, 1, ["no colon here\r\n ", ""]);
    const answer = await upload({ mode, key: "malformed", trailers: crc32, changeTrailers });
    expect([400, 403]).toContain(answer.status);
    await expectNothing("malformed");
  });

  test("refuses endless trailers", async () => {
    const changeTrailers = (sent: (readonly [string, string])[]) => sent.unshift(["x-endless", "x".repeat(200_000)]);
    const answer = await upload({ mode, key: "endless", trailers: crc32, changeTrailers });
    expect([400, 403]).toContain(answer.status);
    await expectNothing("endless");
  });
});

describe("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", () => {
  const mode = "signed-trailer";
  test("refuses a tampered trailer signature", async () => {
    const changeTrailers = (sent: (readonly [string, string])[]) => {
      const [name = "", value] = sent.at(-1) ?? [];
      sent.splice(-1, 1, [name, otherDigit(value)]);
    };
    const answer = await upload({ mode, key: "bad", trailers: crc32, changeTrailers });
    expect(verdict(answer)).toBe("403 SignatureDoesNotMatch");
    await expectNothing("bad");
  });

  test("refuses a trailer changed behind the signature", async () => {
    const changed: readonly [string, string] = ["x-amz-checksum-crc32", checksum("CRC32", "other")];
    const changeTrailers = (sent: (readonly [string, string])[]) => sent.splice(0, 1, changed);
    const answer = await upload({ mode, key: "bad", trailers: crc32, changeTrailers });
    expect(["403 SignatureDoesNotMatch", "400 BadDigest"]).toContain(verdict(answer));
    await expectNothing("bad");
  });

  test("refuses trailers without their signature", async () => {
    const changeTrailers = (sent: (readonly [string, string])[]) => sent.pop();
    const answer = await upload({ mode, key: "bad", trailers: crc32, changeTrailers });
    expect([400, 403]).toContain(answer.status);
    await expectNothing("bad");
  });
});

describe("the SDK with a stream for a body", () => {
  const stream = () => Readable.from([body.subarray(0, 70_000), body.subarray(70_000)]);

  test("sends it in HTTP's own chunks with a checksum in the trailer", async () => {
    const put = { Bucket, Key: "sdk-stream", Body: stream(), ContentLength: body.length };
    const answer = await s3.putObject({ ...put, ChecksumAlgorithm: "CRC32C" });
    expect(answer).toMatchObject({ ETag: `"${md5Hex(body)}"`, ChecksumCRC32C: checksum("CRC32C", body) });
    expect((await stored("sdk-stream")).equals(body)).toBe(true);
  });

  test("is refused when the stream is shorter than it says", async () => {
    const put = { Bucket, Key: "sdk-short", Body: stream(), ContentLength: body.length + 1 };
    await refusal(s3.putObject(put), "IncompleteBody", 400);
    await expectNothing("sdk-short");
  });
});

describe("UploadPart", () => {
  test("takes streamed parts", async () => {
    const { UploadId = "" } = await s3.createMultipartUpload({ Bucket, Key: "part", ChecksumAlgorithm: "CRC32" });
    const part = await s3.uploadPart({ Bucket, Key: "part", UploadId, PartNumber: 1, Body: body });
    expect(part).toMatchObject({ ETag: `"${md5Hex(body)}"`, ChecksumCRC32: checksum("CRC32", body) });
  });
});
