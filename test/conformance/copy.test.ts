import { beforeAll, describe, expect, test } from "vitest";
import { bucketName, freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { bytesOf, given, refusal, s3, statusOf, textOf } from "./support/clients.ts";
import { call, verdict } from "./support/http.ts";
import { md5Hex, testBytes } from "./support/random.ts";
import { encodeKey } from "./support/signer.ts";

removeBucketsAtTheEnd();
let Bucket = "";
let other = "";
let sourceETag = "";
const source = {
  Key: "source object",
  Body: "the source",
  ContentType: "text/source",
  CacheControl: "max-age=1",
  Metadata: { from: "source" },
  Tagging: "from=source",
};
let CopySource = "";

beforeAll(async () => {
  Bucket = await freshBucket("copy");
  other = await freshBucket("copy-to");
  sourceETag = given((await s3.putObject({ Bucket, ...source })).ETag, "ETag");
  CopySource = `${Bucket}/${encodeKey(source.Key)}`;
});

describe("CopyObject", () => {
  test("copies bytes, headers, metadata and tags to another bucket", async () => {
    const answer = await s3.copyObject({ Bucket: other, Key: "copy", CopySource });
    expect(answer.CopyObjectResult?.ETag).toBe(sourceETag);
    const got = await s3.getObject({ Bucket: other, Key: "copy" });
    expect(await textOf(got)).toBe(source.Body);
    expect(got).toMatchObject({ ContentType: "text/source", CacheControl: "max-age=1", Metadata: source.Metadata });
    const tags = await s3.getObjectTagging({ Bucket: other, Key: "copy" });
    expect(tags.TagSet).toEqual([{ Key: "from", Value: "source" }]);
  });

  test.for([
    ["a leading slash", (name: string) => `/${name}`],
    ["a version id of null", (name: string) => `${name}?versionId=null`],
    ["an encoded slash behind the bucket", (name: string) => name.replace("/", "%2F")],
  ] as const)("reads a source with %s", async ([, write]) => {
    await s3.copyObject({ Bucket, Key: "source-forms", CopySource: write(CopySource) });
    expect(await textOf(await s3.getObject({ Bucket, Key: "source-forms" }))).toBe(source.Body);
  });

  test("copies large objects byte for byte", async () => {
    const body = testBytes(3 * 1024 * 1024 + 7, 3);
    await s3.putObject({ Bucket, Key: "large", Body: body });
    await s3.copyObject({ Bucket: other, Key: "large", CopySource: `${Bucket}/large` });
    const got = await bytesOf(await s3.getObject({ Bucket: other, Key: "large" }));
    expect(got.equals(body)).toBe(true);
  });

  test("copies an object made of parts as one piece", async () => {
    const upload = { Bucket, Key: "of-parts" };
    const { UploadId } = await s3.createMultipartUpload(upload);
    const bodies = [testBytes(5 * 1024 * 1024, 4), Buffer.from("tail")];
    const Parts = [];
    for (const [index, Body] of bodies.entries()) {
      const part = await s3.uploadPart({ ...upload, UploadId, PartNumber: index + 1, Body });
      Parts.push({ PartNumber: index + 1, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 });
    }
    await s3.completeMultipartUpload({ ...upload, UploadId, MultipartUpload: { Parts } });
    const copied = await s3.copyObject({ Bucket: other, Key: "of-parts", CopySource: `${Bucket}/of-parts` });
    const whole = Buffer.concat(bodies);
    expect(copied.CopyObjectResult?.ETag).toBe(`"${md5Hex(whole)}"`);
    expect((await bytesOf(await s3.getObject({ Bucket: other, Key: "of-parts" }))).equals(whole)).toBe(true);
  });

  test("takes new headers and metadata when the directive is REPLACE", async () => {
    await s3.copyObject({
      Bucket,
      Key: "replaced",
      CopySource,
      MetadataDirective: "REPLACE",
      ContentType: "text/new",
      Metadata: { to: "copy" },
    });
    const head = await s3.headObject({ Bucket, Key: "replaced" });
    expect(head.Metadata).toEqual({ to: "copy" });
    expect(head.ContentType).toBe("text/new");
    expect(head.CacheControl).toBeUndefined();
  });

  test("ignores headers and metadata in the request when the directive is COPY", async () => {
    await s3.copyObject({ Bucket, Key: "kept", CopySource, ContentType: "text/new", Metadata: { to: "copy" } });
    expect(await s3.headObject({ Bucket, Key: "kept" })).toMatchObject({
      ContentType: "text/source",
      Metadata: source.Metadata,
    });
  });

  test("takes new tags when the tagging directive is REPLACE", async () => {
    await s3.copyObject({ Bucket, Key: "tags", CopySource, TaggingDirective: "REPLACE", Tagging: "to=copy" });
    expect((await s3.getObjectTagging({ Bucket, Key: "tags" })).TagSet).toEqual([{ Key: "to", Value: "copy" }]);
  });

  test.for([
    ["x-amz-metadata-directive", "MOVE"],
    ["x-amz-tagging-directive", "MOVE"],
  ] as const)("rejects an unknown %s with InvalidArgument", async ([name, value]) => {
    const headers = { "x-amz-copy-source": CopySource, [name]: value };
    expect(verdict(await call({ method: "PUT", path: `/${Bucket}/bad`, headers }))).toBe("400 InvalidArgument");
  });

  test("onto itself changes the metadata when it is replaced", async () => {
    await s3.putObject({ Bucket, Key: "itself", Body: "same", Metadata: { a: "1" } });
    const copy = { Bucket, Key: "itself", CopySource: `${Bucket}/itself` };
    await s3.copyObject({ ...copy, MetadataDirective: "REPLACE", Metadata: { b: "2" } });
    const got = await s3.getObject({ Bucket, Key: "itself" });
    expect(got.Metadata).toEqual({ b: "2" });
    expect(await textOf(got)).toBe("same");
  });

  test("onto itself without a change is refused with InvalidRequest", async () => {
    await s3.putObject({ Bucket, Key: "unchanged", Body: "same" });
    const copy = s3.copyObject({ Bucket, Key: "unchanged", CopySource: `${Bucket}/unchanged` });
    await refusal(copy, "InvalidRequest", 400);
  });

  test("onto itself changes the storage class", async () => {
    await s3.putObject({ Bucket, Key: "class", Body: "same" });
    const CopySource = `${Bucket}/class`;
    await s3.copyObject({ Bucket, Key: "class", CopySource, StorageClass: "STANDARD_IA" });
    expect((await s3.headObject({ Bucket, Key: "class" })).StorageClass).toBe("STANDARD_IA");
  });

  test("leaves the copy alone when the source goes away", async () => {
    await s3.putObject({ Bucket, Key: "short-lived", Body: "gone soon" });
    await s3.copyObject({ Bucket, Key: "survivor", CopySource: `${Bucket}/short-lived` });
    await s3.deleteObject({ Bucket, Key: "short-lived" });
    expect(await textOf(await s3.getObject({ Bucket, Key: "survivor" }))).toBe("gone soon");
  });

  test("answers NoSuchKey for a source that does not exist", async () => {
    await refusal(s3.copyObject({ Bucket, Key: "c", CopySource: `${Bucket}/nowhere` }), "NoSuchKey", 404);
  });

  test("answers NoSuchBucket for a source bucket or a target bucket that does not exist", async () => {
    await refusal(s3.copyObject({ Bucket, Key: "c", CopySource: `${bucketName()}/k` }), "NoSuchBucket", 404);
    await refusal(s3.copyObject({ Bucket: bucketName(), Key: "c", CopySource }), "NoSuchBucket", 404);
  });

  test.for(["no-slash", "", "/", "%GG/x"])("rejects the source %j", async (value) => {
    const answer = await call({ method: "PUT", path: `/${Bucket}/bad`, headers: { "x-amz-copy-source": value } });
    expect(answer.status).toBe(400);
    expect(await statusOf(s3.headObject({ Bucket, Key: "bad" }))).toBe(404);
  });

  test("refuses a source version that cannot exist", async () => {
    const copy = s3.copyObject({ Bucket, Key: "c", CopySource: `${CopySource}?versionId=L4kqtJlcpXroDTDm` });
    expect([400, 404]).toContain(await statusOf(copy));
  });
});

describe("CopyObject: source conditions", () => {
  const past = new Date("2020-01-01T00:00:00Z");
  const otherETag = `"${md5Hex("other")}"`;
  const copyTo = (Key: string, conditions: object) => s3.copyObject({ Bucket, Key, CopySource, ...conditions });

  test.for([
    ["if-match fails", { CopySourceIfMatch: otherETag }],
    ["if-unmodified-since fails", { CopySourceIfUnmodifiedSince: past }],
  ] as const)("%s: PreconditionFailed, and nothing is copied", async ([, conditions]) => {
    await refusal(copyTo("not-copied", conditions), "PreconditionFailed", 412);
    expect(await statusOf(s3.headObject({ Bucket, Key: "not-copied" }))).toBe(404);
  });

  test("if-none-match with the source's ETag: PreconditionFailed", async () => {
    await refusal(copyTo("not-copied", { CopySourceIfNoneMatch: sourceETag }), "PreconditionFailed", 412);
  });

  test("if-modified-since the source's own date: PreconditionFailed", async () => {
    const { LastModified } = await s3.headObject({ Bucket, Key: source.Key });
    const CopySourceIfModifiedSince = given(LastModified, "LastModified");
    await refusal(copyTo("not-copied", { CopySourceIfModifiedSince }), "PreconditionFailed", 412);
  });

  test("all hold: the copy is made", async () => {
    const conditions = { CopySourceIfNoneMatch: otherETag, CopySourceIfModifiedSince: past };
    expect(await statusOf(copyTo("copied", conditions))).toBe(200);
    expect(await statusOf(copyTo("copied", { CopySourceIfMatch: sourceETag }))).toBe(200);
  });

  test("if-match holds and if-unmodified-since does not: the copy is made", async () => {
    const conditions = { CopySourceIfMatch: sourceETag, CopySourceIfUnmodifiedSince: past };
    expect(await statusOf(copyTo("copied", conditions))).toBe(200);
  });
});
