import { beforeAll, describe, expect, test } from "vitest";
import { freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { bytesOf, given, plainS3, refusal, s3, statusOf } from "./support/clients.ts";
import { type Algorithm, algorithms, checksum, checksumHeader, composite } from "./support/checksums.ts";
import { call, element, verdict } from "./support/http.ts";
import { testBytes } from "./support/random.ts";

removeBucketsAtTheEnd();
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("checksums");
});

const body = "123456789";
/** The check values of the CRC catalogue, and of FIPS 180: the tests' own arithmetic is tested first. */
const checkValues: Record<Algorithm, string> = {
  CRC32: "cbf43926",
  CRC32C: "e3069283",
  CRC64NVME: "ae8b14860a799888",
  SHA1: "f7c3bc1d808e04732adf679965ccc34ca7ae3441",
  SHA256: "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225",
};

async function put(key: string, headers: Record<string, string>) {
  return await call({ method: "PUT", path: `/${Bucket}/${key}`, headers, body });
}

async function headWithMode(key: string) {
  const headers = { "x-amz-checksum-mode": "ENABLED" };
  return (await call({ method: "HEAD", path: `/${Bucket}/${key}`, headers })).headers;
}

describe.for([...algorithms])("PutObject: %s", (algorithm) => {
  const header = checksumHeader(algorithm);
  const value = checksum(algorithm, body);

  test("the suite's own arithmetic gives the published check value", () => {
    expect(Buffer.from(value, "base64").toString("hex")).toBe(checkValues[algorithm]);
  });

  test("given as a header is verified, stored and returned when asked for", async () => {
    const answer = await put(`header-${algorithm}`, { [header]: value });
    expect(verdict(answer)).toBe("200");
    expect(answer.headers[header]).toBe(value);
    const headers = await headWithMode(`header-${algorithm}`);
    expect(headers[header]).toBe(value);
    expect(headers["x-amz-checksum-type"]).toBe("FULL_OBJECT");
    const got = await call({
      method: "GET",
      path: `/${Bucket}/header-${algorithm}`,
      headers: { "x-amz-checksum-mode": "ENABLED" },
    });
    expect(got.headers[header]).toBe(value);
  });

  test("is not returned when not asked for", async () => {
    await put(`quiet-${algorithm}`, { [header]: value });
    const answer = await call({ method: "HEAD", path: `/${Bucket}/quiet-${algorithm}` });
    expect(answer.headers[header]).toBeUndefined();
  });

  test("that does not match is rejected with BadDigest, and nothing is stored", async () => {
    const answer = await put(`wrong-${algorithm}`, { [header]: checksum(algorithm, "other") });
    expect(verdict(answer)).toBe("400 BadDigest");
    expect(await statusOf(s3.headObject({ Bucket, Key: `wrong-${algorithm}` }))).toBe(404);
  });

  test("of the wrong length, or not base64, is rejected with InvalidRequest", async () => {
    expect(verdict(await put("invalid", { [header]: "AAAA" }))).toBe("400 InvalidRequest");
    expect(verdict(await put("invalid", { [header]: "not base64!" }))).toBe("400 InvalidRequest");
  });

  test("asked for through the SDK comes back with the object and in attributes", async () => {
    const Key = `sdk-${algorithm}`;
    await s3.putObject({ Bucket, Key, Body: body, ChecksumAlgorithm: algorithm });
    const got = await s3.getObject({ Bucket, Key, ChecksumMode: "ENABLED" });
    expect(got[`Checksum${algorithm}`]).toBe(value);
    expect((await bytesOf(got)).toString()).toBe(body);
    const attributes = await s3.getObjectAttributes({ Bucket, Key, ObjectAttributes: ["Checksum"] });
    expect(attributes.Checksum?.[`Checksum${algorithm}`]).toBe(value);
  });

  test("is shown as the object's algorithm in listings", async () => {
    await put(`listed-${algorithm}`, { [header]: value });
    const listed = await s3.listObjectsV2({ Bucket, Prefix: `listed-${algorithm}` });
    expect(listed.Contents?.[0]?.ChecksumAlgorithm).toEqual([algorithm]);
  });

  test("is made by CopyObject when asked for, and kept when not", async () => {
    await plainS3.putObject({ Bucket, Key: "copied", Body: body });
    const copy = { Bucket, CopySource: `${Bucket}/copied` };
    const asked = await s3.copyObject({ ...copy, Key: `copy-${algorithm}`, ChecksumAlgorithm: algorithm });
    expect(asked.CopyObjectResult?.[`Checksum${algorithm}`]).toBe(value);
    await put(`kept-${algorithm}`, { [header]: value });
    await s3.copyObject({ Bucket, CopySource: `${Bucket}/kept-${algorithm}`, Key: `kept-copy-${algorithm}` });
    expect((await headWithMode(`kept-copy-${algorithm}`))[header]).toBe(value);
  });
});

describe("PutObject: checksum headers that contradict", () => {
  test("two algorithms at once are rejected with InvalidRequest", async () => {
    const headers = {
      "x-amz-checksum-crc32": checksum("CRC32", body),
      "x-amz-checksum-sha1": checksum("SHA1", body),
    };
    expect(verdict(await put("two", headers))).toBe("400 InvalidRequest");
  });

  test("an algorithm announced without its value is rejected with InvalidRequest", async () => {
    expect(verdict(await put("none", { "x-amz-sdk-checksum-algorithm": "SHA256" }))).toBe("400 InvalidRequest");
  });

  test("an algorithm announced with another one's value is rejected", async () => {
    const headers = { "x-amz-sdk-checksum-algorithm": "SHA256", "x-amz-checksum-crc32": checksum("CRC32", body) };
    expect((await put("mixed", headers)).status).toBe(400);
  });

  test("an algorithm nobody knows is refused", async () => {
    const answer = await put("unknown", { "x-amz-sdk-checksum-algorithm": "ADLER32" });
    expect([400, 501]).toContain(answer.status);
    expect(await statusOf(s3.headObject({ Bucket, Key: "unknown" }))).toBe(404);
  });
});

const first = testBytes(5 * 1024 * 1024, 11);
const second = Buffer.from("the last part");

async function upload(
  Key: string,
  algorithm: Algorithm,
  type: "COMPOSITE" | "FULL_OBJECT",
  bodies: readonly Buffer[] = [second],
) {
  const created = await plainS3.createMultipartUpload({
    Bucket,
    Key,
    ChecksumAlgorithm: algorithm,
    ChecksumType: type,
  });
  expect(created).toMatchObject({ ChecksumAlgorithm: algorithm, ChecksumType: type });
  const UploadId = given(created.UploadId, "UploadId");
  const Parts = [];
  for (const [index, Body] of bodies.entries()) {
    const part = { Bucket, Key, UploadId, PartNumber: index + 1, Body, ChecksumAlgorithm: algorithm };
    const answer = await plainS3.uploadPart(part);
    const name = `Checksum${algorithm}` as const;
    expect(answer[name]).toBe(checksum(algorithm, Body));
    Parts.push({ PartNumber: index + 1, ETag: answer.ETag, [name]: answer[name] });
  }
  return { Bucket, Key, UploadId, Parts };
}

describe.for([
  ["CRC32", "COMPOSITE"],
  ["CRC32", "FULL_OBJECT"],
  ["CRC32C", "COMPOSITE"],
  ["CRC32C", "FULL_OBJECT"],
  ["CRC64NVME", "FULL_OBJECT"],
  ["SHA1", "COMPOSITE"],
  ["SHA256", "COMPOSITE"],
] as const)("CompleteMultipartUpload: %s %s", ([algorithm, type]) => {
  const name = `Checksum${algorithm}` as const;

  test("gives the object its checksum, returned with type", async () => {
    const { Parts, ...upload_ } = await upload(`${algorithm}-${type}`, algorithm, type, [first, second]);
    const whole = Buffer.concat([first, second]);
    const expected = type === "COMPOSITE" ? composite(algorithm, [first, second]) : checksum(algorithm, whole);
    const answer = await plainS3.completeMultipartUpload({ ...upload_, MultipartUpload: { Parts } });
    expect(answer).toMatchObject({ [name]: expected, ChecksumType: type });
    const head = await s3.headObject({ Bucket, Key: upload_.Key, ChecksumMode: "ENABLED" });
    expect(head).toMatchObject({ [name]: expected, ChecksumType: type });
    const got = await s3.getObject({ Bucket, Key: upload_.Key, ChecksumMode: "ENABLED" });
    expect((await bytesOf(got)).equals(whole)).toBe(true);
  });
});

describe("CompleteMultipartUpload: checksums that do not hold", () => {
  test("a part's checksum that differs from the uploaded one answers InvalidPart", async () => {
    const { Parts, ...rest } = await upload("part-differs", "CRC32", "COMPOSITE");
    const wrong = Parts.map((part) => ({ ...part, ChecksumCRC32: checksum("CRC32", "other") }));
    const complete = plainS3.completeMultipartUpload({ ...rest, MultipartUpload: { Parts: wrong } });
    const status = await statusOf(complete);
    expect(status).toBe(400);
    expect(await statusOf(s3.headObject({ Bucket, Key: rest.Key }))).toBe(404);
  });

  test("COMPOSITE without the parts' checksums answers InvalidRequest", async () => {
    const { Parts, ...rest } = await upload("part-missing", "SHA256", "COMPOSITE");
    const bare = Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    const complete = plainS3.completeMultipartUpload({ ...rest, MultipartUpload: { Parts: bare } });
    await refusal(complete, "InvalidRequest", 400);
  });

  test("FULL_OBJECT does without the parts' checksums", async () => {
    const { Parts, ...rest } = await upload("part-optional", "CRC64NVME", "FULL_OBJECT");
    const bare = Parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
    const answer = await plainS3.completeMultipartUpload({ ...rest, MultipartUpload: { Parts: bare } });
    expect(answer.ChecksumCRC64NVME).toBe(checksum("CRC64NVME", second));
  });

  test("a whole object's checksum that differs answers BadDigest and makes nothing", async () => {
    const { Parts, ...rest } = await upload("whole-differs", "CRC32", "FULL_OBJECT");
    const ChecksumCRC32 = checksum("CRC32", "other");
    const complete = plainS3.completeMultipartUpload({ ...rest, MultipartUpload: { Parts }, ChecksumCRC32 });
    await refusal(complete, "BadDigest", 400);
    expect(await statusOf(s3.headObject({ Bucket, Key: rest.Key }))).toBe(404);
  });

  test("an object size that differs answers InvalidRequest and makes nothing", async () => {
    const { Parts, ...rest } = await upload("size-differs", "CRC32", "FULL_OBJECT");
    const complete = plainS3.completeMultipartUpload({ ...rest, MultipartUpload: { Parts }, MpuObjectSize: 7 });
    await refusal(complete, "InvalidRequest", 400);
    expect(await statusOf(s3.headObject({ Bucket, Key: rest.Key }))).toBe(404);
  });
});

describe("CreateMultipartUpload: checksum types", () => {
  test.for([
    ["SHA1", "FULL_OBJECT"],
    ["SHA256", "FULL_OBJECT"],
    ["CRC64NVME", "COMPOSITE"],
  ] as const)("%s cannot be %s: InvalidRequest", async ([ChecksumAlgorithm, ChecksumType]) => {
    const create = s3.createMultipartUpload({ Bucket, Key: "x", ChecksumAlgorithm, ChecksumType });
    await refusal(create, "InvalidRequest", 400);
  });

  test.for([
    ["CRC32", "COMPOSITE"],
    ["CRC64NVME", "FULL_OBJECT"],
  ] as const)("%s is %s when nothing is said", async ([ChecksumAlgorithm, expected]) => {
    const created = await s3.createMultipartUpload({ Bucket, Key: "default-type", ChecksumAlgorithm });
    expect(created.ChecksumType).toBe(expected);
  });

  test("a type without an algorithm is rejected", async () => {
    const answer = await call({
      method: "POST",
      path: `/${Bucket}/x`,
      query: [["uploads", ""]],
      headers: { "x-amz-checksum-type": "COMPOSITE" },
    });
    expect(verdict(answer)).toBe("400 InvalidRequest");
  });
});

describe("UploadPart: checksums", () => {
  test("another algorithm than the upload's is rejected with InvalidRequest", async () => {
    const { UploadId } = await plainS3.createMultipartUpload({ Bucket, Key: "mixed", ChecksumAlgorithm: "CRC32" });
    const part = { Bucket, Key: "mixed", UploadId, PartNumber: 1, Body: body };
    await refusal(plainS3.uploadPart({ ...part, ChecksumAlgorithm: "SHA1" }), "InvalidRequest", 400);
  });

  test("one that does not match is rejected with BadDigest, and the part is not there", async () => {
    const { UploadId = "" } = await plainS3.createMultipartUpload({ Bucket, Key: "bad", ChecksumAlgorithm: "CRC32" });
    const query = [
      ["partNumber", "1"],
      ["uploadId", UploadId],
    ] as const;
    const headers = { "x-amz-checksum-crc32": checksum("CRC32", "other") };
    const answer = await call({ method: "PUT", path: `/${Bucket}/bad`, query, headers, body });
    expect(verdict(answer)).toBe("400 BadDigest");
    const listed = await call({ method: "GET", path: `/${Bucket}/bad`, query: [["uploadId", UploadId]] });
    expect(element(listed.text, "Part")).toBeUndefined();
  });
});
