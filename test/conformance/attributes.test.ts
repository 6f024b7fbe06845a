import { beforeAll, describe, expect, test } from "vitest";
import { freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { refusal, s3 } from "./support/clients.ts";
import { call, element, verdict } from "./support/http.ts";
import { md5Hex, testBytes } from "./support/random.ts";

removeBucketsAtTheEnd();
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("attributes");
});

describe("GetObjectAttributes", () => {
  test("answers what was asked of an object: ETag without quotes, size, storage class, checksum", async () => {
    await s3.putObject({ Bucket, Key: "one", Body: "hello", ChecksumAlgorithm: "SHA256" });
    const answer = await s3.getObjectAttributes({
      Bucket,
      Key: "one",
      ObjectAttributes: ["ETag", "ObjectSize", "StorageClass", "Checksum", "ObjectParts"],
    });
    expect(answer).toMatchObject({
      ETag: md5Hex("hello"),
      ObjectSize: 5,
      StorageClass: "STANDARD",
      Checksum: { ChecksumSHA256: "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=", ChecksumType: "FULL_OBJECT" },
    });
    expect(answer.ObjectParts).toBeUndefined();
    expect(answer.LastModified).toBeInstanceOf(Date);
  });

  test("answers nothing that was not asked", async () => {
    await s3.putObject({ Bucket, Key: "one", Body: "hello" });
    const answer = await s3.getObjectAttributes({ Bucket, Key: "one", ObjectAttributes: ["ObjectSize"] });
    expect(answer.ObjectSize).toBe(5);
    expect(answer.ETag).toBeUndefined();
    expect(answer.StorageClass).toBeUndefined();
  });

  test("lists the parts of an object made of parts, in pages", async () => {
    const Key = "parts";
    const body = testBytes(5 * 1024 * 1024);
    const { UploadId } = await s3.createMultipartUpload({ Bucket, Key, ChecksumAlgorithm: "CRC32" });
    const sizes = [body, Buffer.from("last")];
    const Parts = [];
    for (const [index, Body] of sizes.entries()) {
      const part = await s3.uploadPart({ Bucket, Key, UploadId, PartNumber: index + 1, Body });
      Parts.push({ PartNumber: index + 1, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 });
    }
    await s3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload: { Parts } });
    const ask = { Bucket, Key, ObjectAttributes: ["ObjectParts", "ObjectSize"] } as const;
    const all = await s3.getObjectAttributes({ ...ask, ObjectAttributes: ["ObjectParts", "ObjectSize"] });
    expect(all.ObjectSize).toBe(body.length + 4);
    expect(all.ObjectParts).toMatchObject({ TotalPartsCount: 2, IsTruncated: false });
    expect(all.ObjectParts?.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
      [1, body.length],
      [2, 4],
    ]);
    expect(all.ObjectParts?.Parts?.[0]?.ChecksumCRC32).toBe(Parts[0]?.ChecksumCRC32);
    const page = await s3.getObjectAttributes({ Bucket, Key, ObjectAttributes: ["ObjectParts"], MaxParts: 1 });
    expect(page.ObjectParts).toMatchObject({ TotalPartsCount: 2, IsTruncated: true, MaxParts: 1 });
    expect(page.ObjectParts?.NextPartNumberMarker).toBe("1");
    const rest = await s3.getObjectAttributes({
      Bucket,
      Key,
      ObjectAttributes: ["ObjectParts"],
      PartNumberMarker: "1",
    });
    expect(rest.ObjectParts?.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([2]);
  });

  test.for([
    ["is missing", undefined],
    ["names what S3 does not know", "Colour"],
  ] as const)("rejects a request whose x-amz-object-attributes %s", async ([, value]) => {
    await s3.putObject({ Bucket, Key: "one", Body: "hello" });
    const headers = value === undefined ? {} : { "x-amz-object-attributes": value };
    const query = [["attributes", ""]] as const;
    const answer = await call({ method: "GET", path: `/${Bucket}/one`, query, headers });
    expect(answer.status).toBe(400);
    expect(["InvalidArgument", "InvalidRequest"]).toContain(element(answer.text, "Code"));
  });

  test("answers NoSuchKey for a key that does not exist", async () => {
    const ask = s3.getObjectAttributes({ Bucket, Key: "nowhere", ObjectAttributes: ["ETag"] });
    await refusal(ask, "NoSuchKey", 404);
  });

  test("answers GetObjectAttributesResponse in S3's namespace", async () => {
    await s3.putObject({ Bucket, Key: "one", Body: "hello" });
    const headers = { "x-amz-object-attributes": "ETag,ObjectSize" };
    const answer = await call({ method: "GET", path: `/${Bucket}/one`, query: [["attributes", ""]], headers });
    expect(verdict(answer)).toBe("200");
    expect(answer.text).toContain("<GetObjectAttributesResponse");
  });
});
