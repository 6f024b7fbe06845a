import { beforeAll, describe, expect, test } from "vitest";
import { bucketName, freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { bytesOf, given, plainS3, refusal, s3, statusOf, textOf } from "./support/clients.ts";
import { md5Hex, testBytes } from "./support/random.ts";

removeBucketsAtTheEnd();
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("objects");
});

describe("PutObject", () => {
  test("returns the MD5 as ETag, in quotes", async () => {
    const answer = await s3.putObject({ Bucket, Key: "etag", Body: "hello" });
    expect(answer.ETag).toBe(`"${md5Hex("hello")}"`);
  });

  test.for([
    ["an empty object", 0],
    ["one byte", 1],
    ["64 KiB and one byte", 65_537],
    ["3 MiB and one byte", 3 * 1024 * 1024 + 1],
  ] as const)("stores %s and gives the same bytes back", async ([, size]) => {
    const body = testBytes(size);
    const put = await s3.putObject({ Bucket, Key: `size-${size}`, Body: body });
    const got = await s3.getObject({ Bucket, Key: `size-${size}` });
    expect(got.ContentLength).toBe(size);
    expect(got.ETag).toBe(put.ETag);
    expect((await bytesOf(got)).equals(body)).toBe(true);
    expect(put.ETag).toBe(`"${md5Hex(body)}"`);
  });

  test("replaces an object with all that belonged to it", async () => {
    const Key = "replaced";
    await s3.putObject({ Bucket, Key, Body: "old", Metadata: { a: "1" }, ContentType: "text/old", Tagging: "x=1" });
    await s3.putObject({ Bucket, Key, Body: "newer" });
    const got = await s3.getObject({ Bucket, Key });
    expect(await textOf(got)).toBe("newer");
    expect(got.Metadata).toEqual({});
    expect(got.ContentType).not.toBe("text/old");
    expect(got.TagCount).toBeUndefined();
  });

  test("answers NoSuchBucket for a bucket that does not exist", async () => {
    await refusal(s3.putObject({ Bucket: bucketName(), Key: "k", Body: "x" }), "NoSuchBucket", 404);
  });

  test("rejects a body whose Content-MD5 differs with BadDigest and stores nothing", async () => {
    const ContentMD5 = Buffer.from(md5Hex("other"), "hex").toString("base64");
    await refusal(plainS3.putObject({ Bucket, Key: "bad-md5", Body: "body", ContentMD5 }), "BadDigest", 400);
    expect(await statusOf(s3.headObject({ Bucket, Key: "bad-md5" }))).toBe(404);
  });

  test.for(["not base64!", "AAAA"])("rejects the Content-MD5 %s with InvalidDigest", async (ContentMD5) => {
    await refusal(plainS3.putObject({ Bucket, Key: "bad-md5", Body: "body", ContentMD5 }), "InvalidDigest", 400);
  });

  test("accepts a right Content-MD5", async () => {
    const ContentMD5 = Buffer.from(md5Hex("body"), "hex").toString("base64");
    expect(await statusOf(plainS3.putObject({ Bucket, Key: "good-md5", Body: "body", ContentMD5 }))).toBe(200);
  });

  test("of eight at once for one key leaves one of them whole", async () => {
    const bodies = Array.from({ length: 8 }, (_, index) => testBytes(150_000 + index, index));
    await Promise.all(bodies.map(async (Body) => await s3.putObject({ Bucket, Key: "contended", Body })));
    const got = await s3.getObject({ Bucket, Key: "contended" });
    const body = await bytesOf(got);
    expect(got.ETag).toBe(`"${md5Hex(body)}"`);
    expect(bodies.some((candidate) => candidate.equals(body))).toBe(true);
    expect((await s3.listObjectsV2({ Bucket, Prefix: "contended" })).KeyCount).toBe(1);
  });

  test("works in buckets whose names differ only in dots and hyphens", async () => {
    const dotted = await freshBucket("a.b");
    const hyphened = dotted.replace(".", "-");
    await s3.createBucket({ Bucket: hyphened });
    await s3.putObject({ Bucket: dotted, Key: "k", Body: "dotted" });
    await s3.putObject({ Bucket: hyphened, Key: "k", Body: "hyphened" });
    expect(await textOf(await s3.getObject({ Bucket: dotted, Key: "k" }))).toBe("dotted");
    await s3.deleteObject({ Bucket: hyphened, Key: "k" });
    await s3.deleteBucket({ Bucket: hyphened });
    expect(await textOf(await s3.getObject({ Bucket: dotted, Key: "k" }))).toBe("dotted");
  });

  test("is seen by the next read and the next listing", async () => {
    for (let round = 0; round < 10; round += 1) {
      const Key = `read-after-write/${round}`;
      await s3.putObject({ Bucket, Key, Body: String(round) });
      expect(await textOf(await s3.getObject({ Bucket, Key }))).toBe(String(round));
      const listed = await s3.listObjectsV2({ Bucket, Prefix: "read-after-write/" });
      expect(listed.KeyCount).toBe(round + 1);
    }
  });
});

describe("GetObject", () => {
  test("tells when the object was last modified, and that ranges can be asked for", async () => {
    await s3.putObject({ Bucket, Key: "dated", Body: "x" });
    const got = await s3.getObject({ Bucket, Key: "dated" });
    expect(Math.abs(given(got.LastModified, "LastModified").getTime() - Date.now())).toBeLessThan(60_000);
    expect(got.AcceptRanges).toBe("bytes");
  });

  test("answers NoSuchKey for a key that does not exist", async () => {
    await refusal(s3.getObject({ Bucket, Key: "nowhere" }), "NoSuchKey", 404);
  });

  test("answers NoSuchBucket for a bucket that does not exist", async () => {
    await refusal(s3.getObject({ Bucket: bucketName(), Key: "k" }), "NoSuchBucket", 404);
  });

  test("reads the null version by its id and no other", async () => {
    await s3.putObject({ Bucket, Key: "versioned", Body: "x" });
    expect(await textOf(await s3.getObject({ Bucket, Key: "versioned", VersionId: "null" }))).toBe("x");
    const VersionId = "L4kqtJlcpXroDTDmpUMLUo";
    expect([400, 404]).toContain(await statusOf(s3.getObject({ Bucket, Key: "versioned", VersionId })));
  });
});

describe("HeadObject", () => {
  test("answers 404 without a body for a key that does not exist", async () => {
    await refusal(s3.headObject({ Bucket, Key: "nowhere" }), "NotFound", 404);
  });

  test("gives the length and ETag that GET gives", async () => {
    const body = testBytes(70_000);
    await s3.putObject({ Bucket, Key: "head", Body: body });
    const head = await s3.headObject({ Bucket, Key: "head" });
    expect(head).toMatchObject({ ContentLength: 70_000, ETag: `"${md5Hex(body)}"`, AcceptRanges: "bytes" });
  });
});

describe("DeleteObject", () => {
  test("removes an object from reads and listings", async () => {
    await s3.putObject({ Bucket, Key: "delete-me", Body: "x" });
    expect(await statusOf(s3.deleteObject({ Bucket, Key: "delete-me" }))).toBe(204);
    expect(await statusOf(s3.headObject({ Bucket, Key: "delete-me" }))).toBe(404);
    expect((await s3.listObjectsV2({ Bucket, Prefix: "delete-me" })).KeyCount).toBe(0);
  });

  test("answers 204 for a key that does not exist", async () => {
    expect(await statusOf(s3.deleteObject({ Bucket, Key: "never there" }))).toBe(204);
  });

  test("removes the null version by its id", async () => {
    await s3.putObject({ Bucket, Key: "null-version", Body: "x" });
    expect(await statusOf(s3.deleteObject({ Bucket, Key: "null-version", VersionId: "null" }))).toBe(204);
    expect(await statusOf(s3.headObject({ Bucket, Key: "null-version" }))).toBe(404);
  });

  test("refuses a version that cannot exist and keeps the object", async () => {
    await s3.putObject({ Bucket, Key: "kept-version", Body: "x" });
    const VersionId = "L4kqtJlcpXroDTDmpUMLUo";
    expect([400, 404]).toContain(await statusOf(s3.deleteObject({ Bucket, Key: "kept-version", VersionId })));
    expect(await statusOf(s3.headObject({ Bucket, Key: "kept-version" }))).toBe(200);
  });

  test("answers NoSuchBucket for a bucket that does not exist", async () => {
    await refusal(s3.deleteObject({ Bucket: bucketName(), Key: "k" }), "NoSuchBucket", 404);
  });
});
