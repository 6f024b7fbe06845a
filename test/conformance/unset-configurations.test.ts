/** Clients probe a bucket's configurations. One that was never set answers what AWS answers for it. */
import { beforeAll, describe, expect, test } from "vitest";
import { bucketName, freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { given, s3 } from "./support/clients.ts";
import { call, element, verdict } from "./support/http.ts";

removeBucketsAtTheEnd();
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("unset");
  await s3.putObject({ Bucket, Key: "k", Body: "x" });
});

const get = async (path: string, subresource: string) =>
  await call({ method: "GET", path, query: [[subresource, ""]] });

describe("a bucket's configuration that was never set", () => {
  test.for([
    ["policy", "404 NoSuchBucketPolicy"],
    ["policyStatus", "404 NoSuchBucketPolicy"],
    ["cors", "404 NoSuchCORSConfiguration"],
    ["lifecycle", "404 NoSuchLifecycleConfiguration"],
    ["tagging", "404 NoSuchTagSet"],
    ["encryption", "404 ServerSideEncryptionConfigurationNotFoundError"],
    ["object-lock", "404 ObjectLockConfigurationNotFoundError"],
    ["publicAccessBlock", "404 NoSuchPublicAccessBlockConfiguration"],
    ["website", "404 NoSuchWebsiteConfiguration"],
    ["replication", "404 ReplicationConfigurationNotFoundError"],
    ["versioning", "200"],
    ["acl", "200"],
  ] as const)("%s: %s", async ([subresource, expected]) => {
    expect(verdict(await get(`/${Bucket}`, subresource))).toBe(expected);
    expect(verdict(await get(`/${bucketName()}`, subresource))).toBe("404 NoSuchBucket");
  });

  test("versioning has no status", async () => {
    const answer = await s3.getBucketVersioning({ Bucket });
    expect(answer.Status).toBeUndefined();
    expect((await get(`/${Bucket}`, "versioning")).text).toContain("<VersioningConfiguration");
  });

  test("ACL gives the owner FULL_CONTROL and nobody else anything", async () => {
    const owner = given((await s3.listBuckets({ Prefix: Bucket })).Owner?.ID, "owner");
    for (const acl of [await s3.getBucketAcl({ Bucket }), await s3.getObjectAcl({ Bucket, Key: "k" })]) {
      expect(acl.Owner?.ID).toBe(owner);
      expect(acl.Grants).toHaveLength(1);
      expect(acl.Grants?.[0]).toMatchObject({
        Permission: "FULL_CONTROL",
        Grantee: { ID: owner, Type: "CanonicalUser" },
      });
    }
  });
});

describe("an object's configuration that was never set", () => {
  test.for([
    ["retention", ["404 NoSuchObjectLockConfiguration", "400 InvalidRequest"]],
    ["legal-hold", ["404 NoSuchObjectLockConfiguration", "400 InvalidRequest"]],
    ["tagging", ["200"]],
    ["acl", ["200"]],
  ] as const)("%s", async ([subresource, expected]) => {
    expect(expected).toContain(verdict(await get(`/${Bucket}/k`, subresource)));
    expect((await get(`/${Bucket}/nowhere`, subresource)).status).toBe(404);
  });

  test("of a key that does not exist is NoSuchKey", async () => {
    const answer = await get(`/${Bucket}/nowhere`, "acl");
    expect(element(answer.text, "Code")).toBe("NoSuchKey");
  });
});
