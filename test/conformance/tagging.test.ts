import { beforeAll, describe, expect, test } from "vitest";
import { freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { refusal, s3, statusOf } from "./support/clients.ts";
import { call, verdict } from "./support/http.ts";

removeBucketsAtTheEnd();
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("tags");
});

const tagsOf = async (Key: string) => (await s3.getObjectTagging({ Bucket, Key })).TagSet;
const tags = (count: number) => Array.from({ length: count }, (_, n) => ({ Key: `k${n}`, Value: `v${n}` }));

describe("PutObjectTagging", () => {
  test("sets tags, replaces them all, and leaves the object as it is", async () => {
    const put = await s3.putObject({ Bucket, Key: "a", Body: "x", Metadata: { m: "1" } });
    const before = await s3.headObject({ Bucket, Key: "a" });
    await s3.putObjectTagging({ Bucket, Key: "a", Tagging: { TagSet: tags(3) } });
    expect(await tagsOf("a")).toEqual(tags(3));
    await s3.putObjectTagging({ Bucket, Key: "a", Tagging: { TagSet: [{ Key: "only", Value: "" }] } });
    expect(await tagsOf("a")).toEqual([{ Key: "only", Value: "" }]);
    const after = await s3.headObject({ Bucket, Key: "a" });
    expect(after).toMatchObject({ ETag: put.ETag, Metadata: { m: "1" }, LastModified: before.LastModified });
  });

  test("is counted by GetObject and HeadObject", async () => {
    await s3.putObject({ Bucket, Key: "counted", Body: "x" });
    await s3.putObjectTagging({ Bucket, Key: "counted", Tagging: { TagSet: tags(2) } });
    const got = await s3.getObject({ Bucket, Key: "counted" });
    expect(got.TagCount).toBe(2);
    await got.Body?.transformToByteArray();
    expect((await s3.headObject({ Bucket, Key: "counted" })).TagCount).toBe(2);
  });

  test("takes ten tags with the longest keys and values, and Unicode", async () => {
    await s3.putObject({ Bucket, Key: "longest", Body: "x" });
    const TagSet = Array.from({ length: 10 }, (_, n) => ({ Key: `${n}`.padEnd(128, "k"), Value: "v".repeat(256) }));
    TagSet[0] = { Key: "größe 東京", Value: "a b+c-d=e._:/@" };
    await s3.putObjectTagging({ Bucket, Key: "longest", Tagging: { TagSet } });
    const sorted = (await tagsOf("longest"))?.toSorted((a, b) => String(a.Key).localeCompare(String(b.Key)));
    expect(sorted).toEqual(TagSet.toSorted((a, b) => a.Key.localeCompare(b.Key)));
  });

  test.for([
    ["a key named twice", [tags(1)[0], tags(1)[0]], "InvalidTag"],
    ["a key of 129 characters", [{ Key: "k".repeat(129), Value: "" }], "InvalidTag"],
    ["a value of 257 characters", [{ Key: "k", Value: "v".repeat(257) }], "InvalidTag"],
    ["a key that AWS reserves", [{ Key: "aws:k", Value: "" }], "InvalidTag"],
  ] as const)("rejects %s", async ([, set, code]) => {
    await s3.putObject({ Bucket, Key: "refused", Body: "x", Tagging: "kept=1" });
    const TagSet = set.flatMap((tag) => (tag === undefined ? [] : [tag]));
    await refusal(s3.putObjectTagging({ Bucket, Key: "refused", Tagging: { TagSet } }), code, 400);
    expect(await tagsOf("refused")).toEqual([{ Key: "kept", Value: "1" }]);
  });

  test("rejects eleven tags", async () => {
    await s3.putObject({ Bucket, Key: "eleven", Body: "x" });
    const put = s3.putObjectTagging({ Bucket, Key: "eleven", Tagging: { TagSet: tags(11) } });
    expect(await statusOf(put)).toBe(400);
    expect(await tagsOf("eleven")).toEqual([]);
  });

  test("rejects malformed XML", async () => {
    await s3.putObject({ Bucket, Key: "xml", Body: "x" });
    const request = { method: "PUT", path: `/${Bucket}/xml`, query: [["tagging", ""]], body: "<Tagging><TagSet>" };
    expect(verdict(await call({ ...request, query: [["tagging", ""]] }))).toBe("400 MalformedXML");
  });

  test("answers NoSuchKey for a key that does not exist", async () => {
    const put = s3.putObjectTagging({ Bucket, Key: "nowhere", Tagging: { TagSet: tags(1) } });
    await refusal(put, "NoSuchKey", 404);
    expect(await statusOf(s3.headObject({ Bucket, Key: "nowhere" }))).toBe(404);
  });
});

describe("GetObjectTagging", () => {
  test("answers an empty set for an object without tags", async () => {
    await s3.putObject({ Bucket, Key: "none", Body: "x" });
    expect(await tagsOf("none")).toEqual([]);
  });

  test("answers NoSuchKey for a key that does not exist", async () => {
    await refusal(s3.getObjectTagging({ Bucket, Key: "nowhere" }), "NoSuchKey", 404);
  });
});

describe("DeleteObjectTagging", () => {
  test("removes all tags and nothing else", async () => {
    await s3.putObject({ Bucket, Key: "cleared", Body: "x", Tagging: "a=1" });
    expect(await statusOf(s3.deleteObjectTagging({ Bucket, Key: "cleared" }))).toBe(204);
    expect(await tagsOf("cleared")).toEqual([]);
    expect((await s3.headObject({ Bucket, Key: "cleared" })).TagCount).toBeUndefined();
  });
});

describe("PutObject: x-amz-tagging", () => {
  test("sets tags given with the object, form-encoded", async () => {
    await s3.putObject({ Bucket, Key: "on-put", Body: "x", Tagging: "a=1&b%20c=d%3De&empty=&plus=a+b" });
    const found = (await tagsOf("on-put"))?.toSorted((a, b) => String(a.Key).localeCompare(String(b.Key)));
    expect(found).toEqual([
      { Key: "a", Value: "1" },
      { Key: "b c", Value: "d=e" },
      { Key: "empty", Value: "" },
      { Key: "plus", Value: "a b" },
    ]);
  });

  test.for([
    ["a key named twice", "a=1&a=2"],
    [
      "eleven tags",
      tags(11)
        .map(({ Key, Value }) => `${Key}=${Value}`)
        .join("&"),
    ],
    ["a reserved key", "aws:a=1"],
    ["a broken escape", "a=%ZZ"],
  ] as const)("rejects %s and stores nothing", async ([, Tagging]) => {
    expect(await statusOf(s3.putObject({ Bucket, Key: "bad-tags", Body: "x", Tagging }))).toBe(400);
    expect(await statusOf(s3.headObject({ Bucket, Key: "bad-tags" }))).toBe(404);
  });
});

describe("CreateMultipartUpload: x-amz-tagging", () => {
  test("gives the completed object its tags", async () => {
    const { UploadId } = await s3.createMultipartUpload({ Bucket, Key: "parts", Tagging: "from=parts" });
    const part = await s3.uploadPart({ Bucket, Key: "parts", UploadId, PartNumber: 1, Body: "x" });
    const Parts = [{ PartNumber: 1, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 }];
    await s3.completeMultipartUpload({ Bucket, Key: "parts", UploadId, MultipartUpload: { Parts } });
    expect(await tagsOf("parts")).toEqual([{ Key: "from", Value: "parts" }]);
  });
});
