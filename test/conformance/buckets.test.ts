import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bucketName, freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { given, refusal, s3, statusOf } from "./support/clients.ts";
import { call, element, verdict } from "./support/http.ts";
import { target } from "./support/target.ts";

removeBucketsAtTheEnd();

/** A CreateBucket by hand: SDKs check some names before they send them. */
async function create(name: string, body = ""): Promise<string> {
  return verdict(await call({ method: "PUT", path: `/${name}`, body }));
}

describe("CreateBucket", () => {
  const made: string[] = [];
  afterAll(async () => {
    for (const name of made) await s3.deleteBucket({ Bucket: name });
  });

  test("answers with the bucket's location", async () => {
    const name = bucketName();
    const answer = await s3.createBucket({ Bucket: name });
    made.push(name);
    expect(answer.Location).toBe(`/${name}`);
  });

  test.for([
    ["the shortest: 3 characters", (tag: string) => tag.slice(0, 3)],
    ["the longest: 63 characters", (tag: string) => tag.padEnd(63, "x")],
    ["with dots", (tag: string) => `a.${tag}.c-d`],
    ["digits only", () => `9${Date.now()}`],
    ["that looks almost like an IP address", (tag: string) => `192.168.5.${tag}a`],
  ] as const)("accepts a name: %s", async ([, make]) => {
    const name = make(bucketName().replaceAll("-", "").slice(-9));
    expect(await create(name)).toBe("200");
    made.push(name);
    expect(await statusOf(s3.headBucket({ Bucket: name }))).toBe(200);
  });

  test.for([
    ["ab", "too short"],
    ["x".repeat(64), "too long"],
    ["Upper-case", "upper case"],
    ["under_score", "underscore"],
    ["-starts-with-a-hyphen", "hyphen first"],
    ["ends-with-a-hyphen-", "hyphen last"],
    [".starts-with-a-dot", "dot first"],
    ["ends-with-a-dot.", "dot last"],
    ["two..dots", "two dots side by side"],
    ["192.168.5.4", "an IP address"],
    ["xn--reserved", "reserved prefix xn--"],
    ["sthree-reserved", "reserved prefix sthree-"],
    ["amzn-s3-demo-reserved", "reserved prefix amzn-s3-demo-"],
    ["reserved-s3alias", "reserved suffix -s3alias"],
    ["reserved--ol-s3", "reserved suffix --ol-s3"],
    ["reserved.mrap", "reserved suffix .mrap"],
    ["reserved--x-s3", "reserved suffix --x-s3"],
    ["reserved--table-s3", "reserved suffix --table-s3"],
    ["with%20blank", "a blank"],
    ["caf%C3%A9", "not ASCII"],
    ["star%2A", "a wildcard of NATS"],
  ] as const)("rejects the name %s with InvalidBucketName: %s", async ([name]) => {
    expect(await create(name)).toBe("400 InvalidBucketName");
  });

  // AWS answers 409 everywhere but in us-east-1, where it answers 200 for the sake of old clients.
  const again =
    target.region === "us-east-1" ? ["200", "409 BucketAlreadyOwnedByYou"] : ["409 BucketAlreadyOwnedByYou"];

  test("of a bucket that the caller owns changes nothing", async () => {
    const name = await freshBucket();
    await s3.putObject({ Bucket: name, Key: "kept", Body: "kept" });
    expect(again).toContain(await create(name));
    expect((await s3.listObjectsV2({ Bucket: name })).KeyCount).toBe(1);
  });

  test("eight times at once makes one bucket", async () => {
    const name = bucketName();
    const verdicts = await Promise.all(Array.from({ length: 8 }, async () => await create(name)));
    made.push(name);
    expect(verdicts).toContain("200");
    for (const verdict of verdicts) expect(["200", ...again]).toContain(verdict);
    expect((await s3.listBuckets({ Prefix: name })).Buckets).toHaveLength(1);
  });

  test("keeps the LocationConstraint for GetBucketLocation, or refuses it", async () => {
    const name = bucketName();
    const body = `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>`;
    const verdict = await create(name, body);
    if (verdict === "200") {
      made.push(name);
      expect((await s3.getBucketLocation({ Bucket: name })).LocationConstraint).toBe("eu-west-1");
    } else {
      expect(["400 InvalidLocationConstraint", "400 IllegalLocationConstraintException"]).toContain(verdict);
    }
  });

  test("makes nothing when its XML is malformed", async () => {
    const name = bucketName();
    expect(await create(name, "<CreateBucketConfiguration><LocationConstraint>")).toBe("400 MalformedXML");
    expect(await statusOf(s3.headBucket({ Bucket: name }))).toBe(404);
  });
});

describe("HeadBucket", () => {
  test("answers 200 for a bucket and tells its region", async () => {
    const name = await freshBucket();
    const answer = await s3.headBucket({ Bucket: name });
    expect(answer.$metadata.httpStatusCode).toBe(200);
    expect(answer.BucketRegion).toBe(target.region);
  });

  test("answers 404 without a body for a bucket that does not exist", async () => {
    const answer = await call({ method: "HEAD", path: `/${bucketName()}` });
    expect(answer.status).toBe(404);
    expect(answer.body).toHaveLength(0);
  });
});

describe("GetBucketLocation", () => {
  test("answers an empty LocationConstraint for a bucket of us-east-1", async () => {
    const name = await freshBucket();
    const answer = await call({ method: "GET", path: `/${name}`, query: [["location", ""]] });
    expect(answer.status).toBe(200);
    expect(answer.text).toMatch(/<LocationConstraint[^>]*(\/>|><\/LocationConstraint>)/);
  });

  test("answers NoSuchBucket for a bucket that does not exist", async () => {
    await refusal(s3.getBucketLocation({ Bucket: bucketName() }), "NoSuchBucket", 404);
  });
});

describe("DeleteBucket", () => {
  test("removes an empty bucket", async () => {
    const name = bucketName();
    await s3.createBucket({ Bucket: name });
    expect(await statusOf(s3.deleteBucket({ Bucket: name }))).toBe(204);
    expect(await statusOf(s3.headBucket({ Bucket: name }))).toBe(404);
  });

  test("refuses a bucket that holds an object with BucketNotEmpty and loses nothing", async () => {
    const name = await freshBucket();
    await s3.putObject({ Bucket: name, Key: "kept", Body: "kept" });
    await refusal(s3.deleteBucket({ Bucket: name }), "BucketNotEmpty", 409);
    expect(await statusOf(s3.headObject({ Bucket: name, Key: "kept" }))).toBe(200);
    await s3.putObject({ Bucket: name, Key: "still writable", Body: "yes" });
  });

  test("removes a bucket whose objects were deleted, and its name can be used again, empty", async () => {
    const name = await freshBucket();
    await s3.putObject({ Bucket: name, Key: "gone", Body: "gone" });
    await s3.deleteObject({ Bucket: name, Key: "gone" });
    await s3.deleteBucket({ Bucket: name });
    await s3.createBucket({ Bucket: name });
    expect((await s3.listObjectsV2({ Bucket: name })).KeyCount).toBe(0);
    expect(await statusOf(s3.headObject({ Bucket: name, Key: "gone" }))).toBe(404);
  });

  test("removes a bucket with an upload in progress, which ends with it", async () => {
    const name = bucketName();
    await s3.createBucket({ Bucket: name });
    const { UploadId } = await s3.createMultipartUpload({ Bucket: name, Key: "k" });
    await s3.deleteBucket({ Bucket: name });
    await s3.createBucket({ Bucket: name });
    await refusal(s3.listParts({ Bucket: name, Key: "k", UploadId }), "NoSuchUpload", 404);
    await s3.deleteBucket({ Bucket: name });
  });

  test("answers NoSuchBucket for a bucket that does not exist", async () => {
    await refusal(s3.deleteBucket({ Bucket: bucketName() }), "NoSuchBucket", 404);
  });
});

describe("ListBuckets", () => {
  const prefix = bucketName("list");
  const names = ["a", "b", "c", "d.e"].map((suffix) => `${prefix}-${suffix}`);
  beforeAll(async () => {
    for (const name of names) await s3.createBucket({ Bucket: name });
  });
  afterAll(async () => {
    for (const name of names) await s3.deleteBucket({ Bucket: name });
  });

  test("lists the caller's buckets in order of their names, with owner and creation date", async () => {
    const answer = await s3.listBuckets({});
    const listed = given(answer.Buckets, "Buckets").filter(({ Name }) => Name?.startsWith(prefix));
    expect(listed.map(({ Name }) => Name)).toEqual(names);
    expect(Math.abs(given(listed[0]?.CreationDate, "CreationDate").getTime() - Date.now())).toBeLessThan(600_000);
    expect(answer.Owner?.ID).toMatch(/./);
  });

  test("lists names with a prefix only", async () => {
    const answer = await s3.listBuckets({ Prefix: `${prefix}-d` });
    expect(answer.Buckets?.map(({ Name }) => Name)).toEqual([`${prefix}-d.e`]);
    expect(answer.Prefix).toBe(`${prefix}-d`);
  });

  test("pages with max-buckets and continuation-token", async () => {
    const first = await s3.listBuckets({ Prefix: prefix, MaxBuckets: 3 });
    expect(first.Buckets?.map(({ Name }) => Name)).toEqual(names.slice(0, 3));
    const ContinuationToken = given(first.ContinuationToken, "ContinuationToken");
    const second = await s3.listBuckets({ Prefix: prefix, MaxBuckets: 3, ContinuationToken });
    expect(second.Buckets?.map(({ Name }) => Name)).toEqual(names.slice(3));
    expect(second.ContinuationToken).toBeUndefined();
  });

  test("gives no token when the page holds everything", async () => {
    expect((await s3.listBuckets({ Prefix: prefix, MaxBuckets: 4 })).ContinuationToken).toBeUndefined();
  });

  test.for(["0", "-1", "10001", "x"])("rejects max-buckets=%s with InvalidArgument", async (value) => {
    const answer = await call({ method: "GET", path: "/", query: [["max-buckets", value]] });
    expect(verdict(answer)).toBe("400 InvalidArgument");
  });

  test("rejects a token it did not give with InvalidArgument", async () => {
    const query = [["continuation-token", "not a token"]] as const;
    expect(verdict(await call({ method: "GET", path: "/", query }))).toBe("400 InvalidArgument");
  });

  test("answers in S3's namespace", async () => {
    const answer = await call({ method: "GET", path: "/" });
    expect(answer.headers["content-type"]).toBe("application/xml");
    expect(answer.text).toContain('<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">');
    expect(element(answer.text, "Owner")).toBeDefined();
  });
});
