import { beforeAll, describe, expect, test } from "vitest";
import { bucketName, freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { given, refusal, s3 } from "./support/clients.ts";
import { call, element } from "./support/http.ts";
import { md5Hex } from "./support/random.ts";

removeBucketsAtTheEnd();
const keys = ["a", "b/1", "b/2", "c", "～", "🎉"];
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("versions");
  for (const Key of keys) await s3.putObject({ Bucket, Key, Body: "old" });
  for (const Key of keys) await s3.putObject({ Bucket, Key, Body: Key });
  await s3.putObject({ Bucket, Key: "deleted", Body: "x" });
  await s3.deleteObject({ Bucket, Key: "deleted" });
});

describe("ListObjectVersions", () => {
  test("lists each object of a bucket without versioning as its version null, which is the latest", async () => {
    const page = await s3.listObjectVersions({ Bucket });
    expect(page.Versions?.map(({ Key }) => Key)).toEqual(keys);
    expect(page.Versions?.every(({ VersionId, IsLatest }) => VersionId === "null" && IsLatest === true)).toBe(true);
    expect(page.Versions?.[0]).toMatchObject({ ETag: `"${md5Hex("a")}"`, Size: 1, StorageClass: "STANDARD" });
    expect(page.Versions?.[0]?.Owner?.ID).toMatch(/./);
    expect(page.DeleteMarkers ?? []).toEqual([]);
    expect(page.IsTruncated).toBe(false);
  });

  test("rolls up common prefixes and lists a prefix only", async () => {
    const rolled = await s3.listObjectVersions({ Bucket, Delimiter: "/" });
    expect(rolled.CommonPrefixes).toEqual([{ Prefix: "b/" }]);
    const under = await s3.listObjectVersions({ Bucket, Prefix: "b/" });
    expect(under.Versions?.map(({ Key }) => Key)).toEqual(["b/1", "b/2"]);
  });

  test("pages with key-marker and version-id-marker", async () => {
    const found: string[] = [];
    let markers: { KeyMarker?: string; VersionIdMarker?: string } = {};
    for (;;) {
      const page = await s3.listObjectVersions({ Bucket, MaxKeys: 2, ...markers });
      found.push(...(page.Versions ?? []).map(({ Key = "" }) => Key));
      if (page.IsTruncated !== true) break;
      markers = {
        KeyMarker: given(page.NextKeyMarker, "NextKeyMarker"),
        VersionIdMarker: given(page.NextVersionIdMarker, "NextVersionIdMarker"),
      };
    }
    expect(found).toEqual(keys);
  });

  test("answers ListVersionsResult in S3's namespace", async () => {
    const answer = await call({ method: "GET", path: `/${Bucket}`, query: [["versions", ""]] });
    expect(answer.text).toContain('<ListVersionsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">');
    expect(element(answer.text, "MaxKeys")).toBe("1000");
  });

  test("answers NoSuchBucket for a bucket that does not exist", async () => {
    await refusal(s3.listObjectVersions({ Bucket: bucketName() }), "NoSuchBucket", 404);
  });
});
