import { beforeAll, describe, expect, test } from "vitest";
import { bucketName, freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { refusal, s3, statusOf } from "./support/clients.ts";
import { call, elements, verdict } from "./support/http.ts";
import { md5Hex } from "./support/random.ts";

removeBucketsAtTheEnd();
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("delete");
});

const md5Of = (body: string) => Buffer.from(md5Hex(body), "hex").toString("base64");

async function post(body: string, headers: Record<string, string> = { "content-md5": md5Of(body) }) {
  return await call({ method: "POST", path: `/${Bucket}`, query: [["delete", ""]], headers, body });
}

const deleteOf = (keys: readonly string[], quiet = false) =>
  `<Delete>${quiet ? "<Quiet>true</Quiet>" : ""}${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join("")}</Delete>`;

describe("DeleteObjects", () => {
  test("deletes the keys named, existing or not, and answers for each", async () => {
    await s3.putObject({ Bucket, Key: "a", Body: "x" });
    await s3.putObject({ Bucket, Key: "b", Body: "x" });
    await s3.putObject({ Bucket, Key: "kept", Body: "x" });
    const Objects = [{ Key: "a" }, { Key: "b" }, { Key: "never-there" }];
    const answer = await s3.deleteObjects({ Bucket, Delete: { Objects } });
    expect(answer.Deleted?.map(({ Key }) => Key).toSorted()).toEqual(["a", "b", "never-there"]);
    expect(answer.Errors ?? []).toEqual([]);
    expect(await statusOf(s3.headObject({ Bucket, Key: "a" }))).toBe(404);
    expect(await statusOf(s3.headObject({ Bucket, Key: "kept" }))).toBe(200);
  });

  test("says nothing of successes when asked to be quiet", async () => {
    await s3.putObject({ Bucket, Key: "quiet", Body: "x" });
    const answer = await s3.deleteObjects({ Bucket, Delete: { Quiet: true, Objects: [{ Key: "quiet" }] } });
    expect(answer.Deleted ?? []).toEqual([]);
    expect(await statusOf(s3.headObject({ Bucket, Key: "quiet" }))).toBe(404);
  });

  test("takes 1,000 keys at once", async () => {
    const keys = Array.from({ length: 1000 }, (_, index) => `many/${index}`);
    for (const Key of keys.slice(0, 20)) await s3.putObject({ Bucket, Key, Body: "x" });
    const answer = await s3.deleteObjects({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } });
    expect(answer.Deleted).toHaveLength(1000);
    expect((await s3.listObjectsV2({ Bucket, Prefix: "many/" })).KeyCount).toBe(0);
  });

  test("rejects 1,001 keys with MalformedXML and deletes none", async () => {
    await s3.putObject({ Bucket, Key: "1001/0", Body: "x" });
    const body = deleteOf(Array.from({ length: 1001 }, (_, index) => `1001/${index}`));
    expect(verdict(await post(body))).toBe("400 MalformedXML");
    expect(await statusOf(s3.headObject({ Bucket, Key: "1001/0" }))).toBe(200);
  });

  test("rejects a body without Content-MD5 or checksum with InvalidRequest", async () => {
    expect(verdict(await post(deleteOf(["a"]), {}))).toBe("400 InvalidRequest");
  });

  test("rejects a body whose Content-MD5 differs with BadDigest and deletes nothing", async () => {
    await s3.putObject({ Bucket, Key: "guarded", Body: "x" });
    const body = deleteOf(["guarded"]);
    expect(verdict(await post(body, { "content-md5": md5Of("other") }))).toBe("400 BadDigest");
    expect(await statusOf(s3.headObject({ Bucket, Key: "guarded" }))).toBe(200);
  });

  test("accepts a checksum instead of Content-MD5", async () => {
    await s3.putObject({ Bucket, Key: "checksummed", Body: "x" });
    const Delete = { Objects: [{ Key: "checksummed" }] };
    await s3.deleteObjects({ Bucket, Delete, ChecksumAlgorithm: "SHA256" });
    expect(await statusOf(s3.headObject({ Bucket, Key: "checksummed" }))).toBe(404);
  });

  test.for([
    ["no objects", "<Delete></Delete>"],
    ["an object without a key", "<Delete><Object></Object></Delete>"],
    ["another root", "<Remove><Object><Key>a</Key></Object></Remove>"],
    ["broken XML", "<Delete><Object><Key>a</Key>"],
    ["nothing at all", ""],
  ] as const)("rejects %s with MalformedXML", async ([, body]) => {
    expect(["400 MalformedXML", "400 MissingRequestBodyError"]).toContain(verdict(await post(body)));
  });

  test("deletes keys that XML must escape", async () => {
    const keys = ["a&b", "<tag>", "quote\"'", "blank at end ", "línea"];
    for (const Key of keys) await s3.putObject({ Bucket, Key, Body: "x" });
    await s3.deleteObjects({ Bucket, Delete: { Objects: keys.map((Key) => ({ Key })) } });
    for (const Key of keys) expect(await statusOf(s3.headObject({ Bucket, Key }))).toBe(404);
  });

  test("answers for a key named twice without an error", async () => {
    const answer = await post(deleteOf(["twice", "twice"]));
    expect(answer.status).toBe(200);
    expect(elements(answer.text, "Error")).toEqual([]);
  });

  test("deletes only what still has the ETag given", async () => {
    const { ETag } = await s3.putObject({ Bucket, Key: "etag-right", Body: "x" });
    await s3.putObject({ Bucket, Key: "etag-wrong", Body: "y" });
    const Objects = [
      { Key: "etag-right", ETag },
      { Key: "etag-wrong", ETag },
    ];
    const answer = await s3.deleteObjects({ Bucket, Delete: { Objects } });
    expect(answer.Deleted?.map(({ Key }) => Key)).toEqual(["etag-right"]);
    expect(answer.Errors?.map(({ Key, Code }) => ({ Key, Code }))).toEqual([
      { Key: "etag-wrong", Code: "PreconditionFailed" },
    ]);
    expect(await statusOf(s3.headObject({ Bucket, Key: "etag-wrong" }))).toBe(200);
  });

  test("answers an error for a version that cannot exist and keeps the object", async () => {
    await s3.putObject({ Bucket, Key: "version", Body: "x" });
    const Objects = [{ Key: "version", VersionId: "L4kqtJlcpXroDTDmpUMLUo" }];
    const answer = await s3.deleteObjects({ Bucket, Delete: { Objects } }).catch(() => undefined);
    if (answer !== undefined) expect(answer.Errors).toHaveLength(1);
    expect(await statusOf(s3.headObject({ Bucket, Key: "version" }))).toBe(200);
  });

  test("answers NoSuchBucket for a bucket that does not exist", async () => {
    const call = s3.deleteObjects({ Bucket: bucketName(), Delete: { Objects: [{ Key: "a" }] } });
    await refusal(call, "NoSuchBucket", 404);
  });
});
