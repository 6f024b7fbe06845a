/** A bucket belongs to the user who made it. Others get AccessDenied for what exists and what does not, administrators pass. */
import type { S3 } from "@aws-sdk/client-s3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bucketName, removeBucket } from "./support/buckets.ts";
import { refusal, s3, sdk, statusOf, textOf } from "./support/clients.ts";
import { call, verdict } from "./support/http.ts";
import { target } from "./support/target.ts";

const { users } = target;
const owner = sdk(users === undefined ? {} : { credentials: users.owner });
const stranger = sdk(users === undefined ? {} : { credentials: users.stranger });

describe.skipIf(users === undefined)("somebody else's bucket", () => {
  const Bucket = bucketName("owned");
  const own = bucketName("own");
  const Key = "object";
  let UploadId = "";

  beforeAll(async () => {
    await owner.createBucket({ Bucket });
    await owner.putObject({ Bucket, Key, Body: "private", Tagging: "a=1" });
    UploadId = (await owner.createMultipartUpload({ Bucket, Key })).UploadId ?? "";
    await owner.uploadPart({ Bucket, Key, UploadId, PartNumber: 1, Body: "x" });
    await stranger.createBucket({ Bucket: own });
    await stranger.putObject({ Bucket: own, Key, Body: "mine" });
  });
  afterAll(async () => {
    await removeBucket(Bucket, owner);
    await removeBucket(own, stranger);
  });

  const Parts = [{ PartNumber: 1, ETag: '"x"' }];
  const attempts: Record<string, (client: S3) => Promise<unknown>> = {
    ListObjects: async (c) => await c.listObjects({ Bucket }),
    ListObjectsV2: async (c) => await c.listObjectsV2({ Bucket }),
    ListObjectVersions: async (c) => await c.listObjectVersions({ Bucket }),
    ListMultipartUploads: async (c) => await c.listMultipartUploads({ Bucket }),
    GetBucketLocation: async (c) => await c.getBucketLocation({ Bucket }),
    GetBucketAcl: async (c) => await c.getBucketAcl({ Bucket }),
    GetBucketPolicy: async (c) => await c.getBucketPolicy({ Bucket }),
    GetBucketVersioning: async (c) => await c.getBucketVersioning({ Bucket }),
    PutObject: async (c) => await c.putObject({ Bucket, Key, Body: "overwritten" }),
    "PutObject of a new key": async (c) => await c.putObject({ Bucket, Key: "planted", Body: "x" }),
    GetObject: async (c) => await c.getObject({ Bucket, Key }),
    "GetObject of a key that does not exist": async (c) => await c.getObject({ Bucket, Key: "nowhere" }),
    GetObjectAttributes: async (c) => await c.getObjectAttributes({ Bucket, Key, ObjectAttributes: ["ETag"] }),
    GetObjectAcl: async (c) => await c.getObjectAcl({ Bucket, Key }),
    GetObjectTagging: async (c) => await c.getObjectTagging({ Bucket, Key }),
    PutObjectTagging: async (c) =>
      await c.putObjectTagging({ Bucket, Key, Tagging: { TagSet: [{ Key: "b", Value: "2" }] } }),
    DeleteObjectTagging: async (c) => await c.deleteObjectTagging({ Bucket, Key }),
    DeleteObject: async (c) => await c.deleteObject({ Bucket, Key }),
    DeleteObjects: async (c) => await c.deleteObjects({ Bucket, Delete: { Objects: [{ Key }] } }),
    "CopyObject from it": async (c) =>
      await c.copyObject({ Bucket: own, Key: "stolen", CopySource: `${Bucket}/${Key}` }),
    "CopyObject into it": async (c) => await c.copyObject({ Bucket, Key: "planted", CopySource: `${own}/${Key}` }),
    CreateMultipartUpload: async (c) => await c.createMultipartUpload({ Bucket, Key }),
    UploadPart: async (c) => await c.uploadPart({ Bucket, Key, UploadId, PartNumber: 2, Body: "x" }),
    UploadPartCopy: async (c) =>
      await c.uploadPartCopy({ Bucket, Key, UploadId, PartNumber: 2, CopySource: `${own}/${Key}` }),
    ListParts: async (c) => await c.listParts({ Bucket, Key, UploadId }),
    CompleteMultipartUpload: async (c) =>
      await c.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload: { Parts } }),
    AbortMultipartUpload: async (c) => await c.abortMultipartUpload({ Bucket, Key, UploadId }),
    DeleteBucket: async (c) => await c.deleteBucket({ Bucket }),
  };

  test.for(Object.entries(attempts))("%s answers AccessDenied to a stranger", async ([, attempt]) => {
    await refusal(attempt(stranger), "AccessDenied", 403);
  });

  test("HeadBucket and HeadObject answer 403 to a stranger, whether the key exists or not", async () => {
    expect(await statusOf(stranger.headBucket({ Bucket }))).toBe(403);
    expect(await statusOf(stranger.headObject({ Bucket, Key }))).toBe(403);
    expect(await statusOf(stranger.headObject({ Bucket, Key: "nowhere" }))).toBe(403);
  });

  test("conditions tell a stranger nothing", async () => {
    expect(await statusOf(stranger.getObject({ Bucket, Key, IfNoneMatch: "*" }))).toBe(403);
    expect(await statusOf(stranger.putObject({ Bucket, Key, Body: "x", IfNoneMatch: "*" }))).toBe(403);
  });

  test("what is not built answers AccessDenied to a stranger too, or that it is not built", async () => {
    const request = { method: "PUT", path: `/${Bucket}`, query: [["policy", ""]] as const, body: "{}" };
    const answer = await call(request, users === undefined ? {} : { credentials: users.stranger });
    expect(["403 AccessDenied", "501 NotImplemented"]).toContain(verdict(answer));
  });

  test("CreateBucket of the same name answers BucketAlreadyExists", async () => {
    await refusal(stranger.createBucket({ Bucket }), "BucketAlreadyExists", 409);
  });

  test("ListBuckets shows each user their own", async () => {
    const names = async (client: S3) => (await client.listBuckets({})).Buckets?.map(({ Name }) => Name) ?? [];
    expect(await names(owner)).toContain(Bucket);
    expect(await names(owner)).not.toContain(own);
    expect(await names(stranger)).toEqual([own]);
  });

  test("is as it was after all of this, and its owner can use it", async () => {
    expect(await textOf(await owner.getObject({ Bucket, Key }))).toBe("private");
    expect((await owner.getObjectTagging({ Bucket, Key })).TagSet).toEqual([{ Key: "a", Value: "1" }]);
    expect((await owner.listObjectsV2({ Bucket })).KeyCount).toBe(1);
    expect((await owner.listParts({ Bucket, Key, UploadId })).Parts).toHaveLength(1);
    expect((await stranger.listObjectsV2({ Bucket: own })).KeyCount).toBe(1);
  });

  test.skipIf(!target.administrator)("is open to an administrator", async () => {
    expect(await textOf(await s3.getObject({ Bucket, Key }))).toBe("private");
    await s3.putObject({ Bucket, Key: "by-admin", Body: "x" });
    expect((await s3.listObjectsV2({ Bucket })).KeyCount).toBe(2);
    await s3.deleteObject({ Bucket, Key: "by-admin" });
    const listed = (await s3.listBuckets({})).Buckets?.map(({ Name }) => Name);
    expect(listed).toEqual(expect.arrayContaining([Bucket, own]));
  });
});
