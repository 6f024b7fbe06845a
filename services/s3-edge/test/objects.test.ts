/** Objects through the edge: whole, in part, under any name, and with every way of sending a body. */
import { createHash } from "node:crypto";
import { checksumOf, encodeAwsChunked } from "@holdfast/s3-protocol";
import { startMesh, type TestMesh } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { element, md5, pathOf, pattern, type S3, s3Of } from "./harness.ts";

let mesh: TestMesh;
let s3: S3;
const bucket = "edge-objects";

beforeAll(async () => {
  mesh = await startMesh();
  s3 = s3Of(mesh);
  await s3.makeBucket(bucket);
});
afterAll(async () => await mesh.stop());

const put = (key: string, body: Uint8Array | string, headers: Record<string, string> = {}) =>
  s3.call({ method: "PUT", path: pathOf(bucket, key), body, headers });
const get = (key: string, headers: Record<string, string> = {}, query = "") =>
  s3.call({ path: pathOf(bucket, key) + query, headers });
const head = (key: string) => s3.call({ method: "HEAD", path: pathOf(bucket, key) });
const kib = 1024;
const mib = 1024 * kib;

describe("an object", () => {
  test.for([0, 1, 4 * kib, 128 * kib - 1, 128 * kib, 128 * kib + 1, mib, mib + 1, 20 * mib])(
    "of %i bytes comes back byte for byte, and is gone when deleted",
    async (size) => {
      const bytes = pattern(size);
      const stored = await put(`size-${size}`, bytes);
      expect([stored.status, stored.headers["etag"]]).toEqual([200, `"${md5(bytes)}"`]);
      const whole = await get(`size-${size}`);
      expect([whole.status, whole.headers["content-length"]]).toEqual([200, String(size)]);
      expect(whole.body.equals(bytes)).toBe(true);
      const described = await head(`size-${size}`);
      expect(described.body.length).toBe(0);
      expect(described.headers).toMatchObject({ "content-length": String(size), etag: `"${md5(bytes)}"` });
      const deleted = await s3.call({ method: "DELETE", path: pathOf(bucket, `size-${size}`) });
      expect(deleted.status).toBe(204);
      expect((await head(`size-${size}`)).status).toBe(404);
    },
  );

  test("in the NATS Object Store has the SHA-256 of its bytes as digest", async () => {
    const bytes = pattern(300 * kib);
    await put("digest", bytes);
    await using nc = await mesh.connectAdmin();
    const subject = `$O.${bucket}.M.${Buffer.from("digest").toString("base64url")}`;
    const answer = await nc.request(`$JS.API.STREAM.MSG.GET.OBJ_${bucket}`, JSON.stringify({ last_by_subj: subject }));
    const { message } = answer.json<{ message: { data: string } }>();
    const record: unknown = JSON.parse(Buffer.from(message.data, "base64").toString());
    const sha256 = createHash("sha256").update(bytes).digest("base64").replaceAll("+", "-").replaceAll("/", "_");
    expect(record).toMatchObject({ size: bytes.length, digest: `SHA-256=${sha256}` });
  });
});

describe("a range", () => {
  const size = 3 * mib + 17;
  beforeAll(async () => {
    await put("large", pattern(size));
    await put("small", pattern(1000));
  });

  test.for([
    ["large", "bytes=0-0", 0, 1],
    ["large", "bytes=1048575-1048576", mib - 1, mib + 1],
    ["large", "bytes=2000000-", 2_000_000, size],
    ["large", "bytes=-5", size - 5, size],
    ["large", "bytes=3145744-99999999", size - 1, size],
    ["small", "bytes=10-19", 10, 20],
    ["small", "bytes=-1", 999, 1000],
  ] as const)("of the %s object, %s, gives just its bytes", async ([key, range, start, end]) => {
    const part = await get(key, { range });
    const total = key === "large" ? size : 1000;
    expect(part.status).toBe(206);
    expect(part.headers["content-range"]).toBe(`bytes ${start}-${end - 1}/${total}`);
    expect(part.body.equals(pattern(total).subarray(start, end))).toBe(true);
  });

  test("beyond the end is InvalidRange and tells the size", async () => {
    const refused = await get("small", { range: "bytes=1000-" });
    expect([refused.status, refused.headers["content-range"]]).toEqual([416, "bytes */1000"]);
  });

  test("is ignored when If-Range names another object, so that no two versions are joined", async () => {
    const other = await get("small", { range: "bytes=0-9", "if-range": '"00000000000000000000000000000000"' });
    expect([other.status, other.body.length]).toEqual([200, 1000]);
    const same = await get("small", { range: "bytes=0-9", "if-range": `"${md5(pattern(1000))}"` });
    expect([same.status, same.body.length]).toEqual([206, 10]);
  });
});

describe("a condition", () => {
  const etag = `"${md5(Buffer.from("v1"))}"`;

  test("on a read is 304 without a body, or 412", async () => {
    await put("read", "v1", { "cache-control": "max-age=60" });
    const fresh = await get("read", { "if-none-match": etag });
    expect([fresh.status, fresh.body.length]).toEqual([304, 0]);
    expect(fresh.headers).toMatchObject({ etag, "cache-control": "max-age=60" });
    const failed = await get("read", { "if-match": '"other"' });
    expect([failed.status, element(failed.text, "Code")]).toEqual([412, "PreconditionFailed"]);
  });

  test("on a write is decided once, for small and for large bodies", async () => {
    for (const size of [10, 200 * kib]) {
      const key = `write-${size}`;
      expect((await put(key, pattern(size), { "if-none-match": "*" })).status).toBe(200);
      expect((await put(key, pattern(size + 1), { "if-none-match": "*" })).status).toBe(412);
      expect((await put(key, pattern(size + 1), { "if-match": '"other"' })).status).toBe(412);
      expect((await get(key)).body.equals(pattern(size))).toBe(true);
      expect((await put(key, pattern(size + 1), { "if-match": `"${md5(pattern(size))}"` })).status).toBe(200);
    }
  });
});

describe("a key", () => {
  test.for([
    "plain",
    "a b+c%2F",
    "日本語/ключ",
    "🪣🔥",
    "double//slash",
    "/leading",
    "trailing/",
    "dots.../.hidden",
    "*",
    ">",
    "a.*.>",
    "tab\tnewline\nbell\u0007",
    "quote\"'<&>",
    "back\\slash",
    "question?hash#",
    "\u00e9 and e\u0301",
    "k".repeat(1024),
  ])("%j is an ordinary one", async (key) => {
    expect((await put(key, key)).status).toBe(200);
    expect((await get(key)).text).toBe(key);
    expect(await s3.keys(bucket)).toContain(key);
    expect((await s3.call({ method: "DELETE", path: pathOf(bucket, key) })).status).toBe(204);
  });

  test("that is no UTF-8 is refused", async () => {
    const refused = await s3.call({ method: "PUT", path: `/${bucket}/%FF%FE`, body: "x", as: null });
    expect([refused.status, element(refused.text, "Code")]).toEqual([400, "InvalidURI"]);
  });

  test("named like an admin page of a bucket called metrics is an object", async () => {
    await s3.makeBucket("metrics");
    await s3.ok({ method: "PUT", path: "/metrics/healthz", body: "mine" });
    expect((await s3.ok({ path: "/metrics/healthz" })).text).toBe("mine");
  });
});

describe("a body", () => {
  const crc = (bytes: Uint8Array) => checksumOf("CRC32C", bytes);

  async function chunked(key: string, bytes: Buffer, mode: { signed: boolean; trailer?: string }) {
    const { signed, trailer } = mode;
    const trailers = trailer === undefined ? undefined : { "x-amz-checksum-crc32c": trailer };
    const payload = signed
      ? `STREAMING-AWS4-HMAC-SHA256-PAYLOAD${trailers ? "-TRAILER" : ""}`
      : "STREAMING-UNSIGNED-PAYLOAD-TRAILER";
    const headers = {
      "content-encoding": "aws-chunked",
      "x-amz-decoded-content-length": String(bytes.length),
      ...(trailers && { "x-amz-trailer": "x-amz-checksum-crc32c" }),
    };
    const call = { method: "PUT", path: pathOf(bucket, key), headers, payload };
    const seed = s3.sign(call);
    const pieces: Uint8Array[] = [];
    const options = { ...(signed && { signing: seed }), ...(trailers && { trailers: () => trailers }) };
    for await (const piece of encodeAwsChunked([bytes], options)) pieces.push(piece);
    const body = Buffer.concat(pieces);
    // The seed signature is of the moment: the very headers that signed the chunks are sent.
    return { ...call, body, headers: { ...headers, ...seed.headers }, as: null };
  }

  test.for([
    ["signed chunks", { signed: true }],
    ["signed chunks and a signed trailer", { signed: true, trailer: "right" }],
    ["unsigned chunks and a trailer", { signed: false, trailer: "right" }],
  ] as const)("in %s is stored decoded", async ([, { signed, ...mode }]) => {
    for (const size of [0, 5, 100 * kib, 2 * mib + 3]) {
      const bytes = pattern(size);
      const trailer = "trailer" in mode ? { trailer: crc(bytes) } : {};
      const call = await chunked("chunked", bytes, { signed, ...trailer });
      const stored = await s3.call(call);
      expect([size, stored.status, stored.text]).toEqual([size, 200, ""]);
      const read = await get("chunked", { "x-amz-checksum-mode": "ENABLED" });
      expect(read.body.equals(bytes)).toBe(true);
      expect(read.headers["x-amz-checksum-crc32c"]).toBe("trailer" in mode ? crc(bytes) : undefined);
      expect(read.headers["content-encoding"]).toBeUndefined();
    }
  });

  test.for([10, 2 * mib])("of %i bytes whose trailer is wrong leaves nothing", async (size) => {
    const bytes = pattern(size);
    const call = await chunked(`bad-trailer-${size}`, bytes, { signed: false, trailer: crc(pattern(size + 1)) });
    const refused = await s3.call(call);
    expect([refused.status, element(refused.text, "Code")]).toEqual([400, "BadDigest"]);
    expect((await head(`bad-trailer-${size}`)).status).toBe(404);
  });

  test.for([
    ["Content-MD5", { "content-md5": "1B2M2Y8AsgTpgAmY7PhCfg==" }, "BadDigest"],
    ["Content-MD5 that is none", { "content-md5": "nonsense" }, "InvalidDigest"],
    ["checksum", { "x-amz-checksum-crc32c": "AAAAAA==" }, "BadDigest"],
  ] as const)("with a wrong %s leaves nothing", async ([name, headers, code]) => {
    for (const size of [10, 2 * mib]) {
      const refused = await put(`wrong ${name}`, pattern(size), headers);
      expect([refused.status, element(refused.text, "Code")]).toEqual([400, code]);
    }
    expect((await head(`wrong ${name}`)).status).toBe(404);
  });

  test.for([10, 2 * mib])("of %i bytes that is not the one that was signed leaves nothing", async (size) => {
    const { headers } = s3.sign({ method: "PUT", path: pathOf(bucket, "tampered"), body: pattern(size) });
    const body = pattern(size).fill(7, 0, 4);
    const refused = await s3.call({ method: "PUT", path: pathOf(bucket, "tampered"), body, headers, as: null });
    expect([refused.status, element(refused.text, "Code")]).toEqual([400, "XAmzContentSHA256Mismatch"]);
    expect((await head("tampered")).status).toBe(404);
  });
});

describe("a multipart upload", () => {
  test("becomes one object, whose parts can be read by number", async () => {
    const path = pathOf(bucket, "parts");
    const uploadId = element((await s3.ok({ method: "POST", path: `${path}?uploads=` })).text, "UploadId") ?? "";
    const first = pattern(5 * mib);
    const parts = [first, Buffer.from("the end")];
    const etags: (string | undefined)[] = [];
    for (const [index, body] of parts.entries()) {
      const query = `?partNumber=${index + 1}&uploadId=${encodeURIComponent(uploadId)}`;
      etags.push((await s3.ok({ method: "PUT", path: path + query, body })).headers["etag"]);
    }
    const listed = etags.map((etag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${etag}</ETag></Part>`);
    const completed = await s3.ok({
      method: "POST",
      path: `${path}?uploadId=${encodeURIComponent(uploadId)}`,
      body: `<CompleteMultipartUpload>${listed.join("")}</CompleteMultipartUpload>`,
    });
    expect(element(completed.text, "ETag")).toMatch(/-2/);
    expect((await get("parts")).body.equals(Buffer.concat(parts))).toBe(true);
    const second = await get("parts", {}, "?partNumber=2");
    expect([second.status, second.text, second.headers["x-amz-mp-parts-count"]]).toEqual([206, "the end", "2"]);
    await using nc = await mesh.connectAdmin();
    const compacted = await nc.request("object-metadata.v1.CompactObject", JSON.stringify({ bucket, key: "parts" }));
    expect(compacted.json()).toMatchObject({ compacted: true });
    const still = await get("parts", {}, "?partNumber=2");
    expect([still.status, still.text, still.headers["x-amz-mp-parts-count"]]).toEqual([206, "the end", "2"]);
    const across = await get("parts", { range: `bytes=${5 * mib - 2}-${5 * mib + 2}` });
    expect(across.body.subarray(2).toString()).toBe("the");
  });

  test("of a bucket that is gone is not one of the bucket that has its name now", async () => {
    const again = "edge-again";
    await s3.makeBucket(again);
    const begun = await s3.ok({ method: "POST", path: `/${again}/key?uploads=` });
    const uploadId = encodeURIComponent(element(begun.text, "UploadId") ?? "");
    await s3.ok({ method: "DELETE", path: `/${again}` });
    await s3.makeBucket(again);
    const part = await s3.call({ method: "PUT", path: `/${again}/key?partNumber=1&uploadId=${uploadId}`, body: "x" });
    expect([part.status, element(part.text, "Code")]).toEqual([404, "NoSuchUpload"]);
  });
});

describe("a copy", () => {
  test.for([10, 3 * mib])("of %i bytes is an object of its own with the source's headers", async (size) => {
    await put("source", pattern(size), { "content-type": "image/png", "x-amz-meta-colour": "blue" });
    const copied = await s3.ok({
      method: "PUT",
      path: pathOf(bucket, `copy-${size}`),
      headers: { "x-amz-copy-source": `/${bucket}/source` },
    });
    expect(element(copied.text, "ETag")).toContain(md5(pattern(size)));
    await s3.ok({ method: "DELETE", path: pathOf(bucket, "source") });
    const read = await get(`copy-${size}`);
    expect(read.body.equals(pattern(size))).toBe(true);
    expect(read.headers).toMatchObject({ "content-type": "image/png", "x-amz-meta-colour": "blue" });
  });

  test("of what is not there names the source", async () => {
    const headers = { "x-amz-copy-source": `/${bucket}/nowhere` };
    const refused = await s3.call({ method: "PUT", path: pathOf(bucket, "copy"), headers });
    expect([refused.status, element(refused.text, "Code"), element(refused.text, "Key")]).toEqual([
      404,
      "NoSuchKey",
      "nowhere",
    ]);
  });
});
