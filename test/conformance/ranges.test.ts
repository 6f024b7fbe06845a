import { beforeAll, describe, expect, test } from "vitest";
import { freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { bytesOf, refusal, s3, statusOf, textOf } from "./support/clients.ts";
import { call, element, verdict } from "./support/http.ts";
import { pick, seededRandom, testBytes } from "./support/random.ts";

removeBucketsAtTheEnd();
let Bucket = "";
const text = "0123456789";
const partSize = 5 * 1024 * 1024;
const parted = testBytes(partSize + 1000, 5);

beforeAll(async () => {
  Bucket = await freshBucket("ranges");
  await s3.putObject({ Bucket, Key: "ten", Body: text });
  await s3.putObject({ Bucket, Key: "empty", Body: "" });
  const { UploadId } = await s3.createMultipartUpload({ Bucket, Key: "parts" });
  const Parts = [];
  for (const [index, Body] of [parted.subarray(0, partSize), parted.subarray(partSize)].entries()) {
    const part = await s3.uploadPart({ Bucket, Key: "parts", UploadId, PartNumber: index + 1, Body });
    Parts.push({ PartNumber: index + 1, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 });
  }
  await s3.completeMultipartUpload({ Bucket, Key: "parts", UploadId, MultipartUpload: { Parts } });
});

describe("GetObject: Range", () => {
  test.for([
    ["bytes=0-0", "0", "bytes 0-0/10"],
    ["bytes=2-5", "2345", "bytes 2-5/10"],
    ["bytes=7-", "789", "bytes 7-9/10"],
    ["bytes=-3", "789", "bytes 7-9/10"],
    ["bytes=-100", text, "bytes 0-9/10"],
    ["bytes=0-100", text, "bytes 0-9/10"],
    ["bytes=9-9", "9", "bytes 9-9/10"],
  ] as const)("%s answers 206 with %j", async ([Range, expected, contentRange]) => {
    const got = await s3.getObject({ Bucket, Key: "ten", Range });
    expect(got.$metadata.httpStatusCode).toBe(206);
    expect(await textOf(got)).toBe(expected);
    expect(got).toMatchObject({ ContentRange: contentRange, ContentLength: expected.length });
  });

  test.for(["bytes=10-", "bytes=100-200", "bytes=-0"])("%s answers InvalidRange", async (Range) => {
    await refusal(s3.getObject({ Bucket, Key: "ten", Range }), "InvalidRange", 416);
  });

  test("beyond the end tells the object's real size", async () => {
    const answer = await call({ method: "GET", path: `/${Bucket}/ten`, headers: { range: "bytes=10-11" } });
    expect(verdict(answer)).toBe("416 InvalidRange");
    expect(element(answer.text, "ActualObjectSize")).toBe("10");
    expect(element(answer.text, "RangeRequested")).toBe("bytes=10-11");
  });

  test.for(["bytes=5-2", "bytes=a-b", "bytes=", "items=0-1", "0-1", "bytes=0-1,3-4"])(
    "%s is no range S3 serves: the whole object comes",
    async (Range) => {
      const got = await s3.getObject({ Bucket, Key: "ten", Range });
      expect(got.$metadata.httpStatusCode).toBe(200);
      expect(await textOf(got)).toBe(text);
    },
  );

  test("of an empty object answers InvalidRange", async () => {
    await refusal(s3.getObject({ Bucket, Key: "empty", Range: "bytes=0-0" }), "InvalidRange", 416);
  });

  test("with the checksum asked for gives the range, and no checksum that it would fail", async () => {
    const got = await s3.getObject({ Bucket, Key: "ten", Range: "bytes=2-5", ChecksumMode: "ENABLED" });
    expect(await textOf(got)).toBe("2345");
  });

  test("gives the right bytes at random places across the parts of an object", async () => {
    const random = seededRandom(20_261_121);
    for (let round = 0; round < 25; round += 1) {
      const start = Math.floor(random() * parted.length);
      const length = pick(random, [1, 100, 70_000, 1_500_000]);
      const end = Math.min(parted.length - 1, start + length - 1);
      const got = await bytesOf(await s3.getObject({ Bucket, Key: "parts", Range: `bytes=${start}-${end}` }));
      expect(got.equals(parted.subarray(start, end + 1)), `bytes ${start}-${end}`).toBe(true);
    }
  });

  test("crosses the border of two parts", async () => {
    const Range = `bytes=${partSize - 2}-${partSize + 1}`;
    const got = await bytesOf(await s3.getObject({ Bucket, Key: "parts", Range }));
    expect(got).toEqual(parted.subarray(partSize - 2, partSize + 2));
  });
});

describe("HeadObject: Range", () => {
  test("answers 206 with the range's length", async () => {
    const head = await s3.headObject({ Bucket, Key: "ten", Range: "bytes=2-5" });
    expect(head.$metadata.httpStatusCode).toBe(206);
    expect(head).toMatchObject({ ContentLength: 4, ContentRange: "bytes 2-5/10" });
  });

  test("beyond the end answers 416", async () => {
    expect(await statusOf(s3.headObject({ Bucket, Key: "ten", Range: "bytes=10-" }))).toBe(416);
  });
});

describe("GetObject: partNumber", () => {
  test("gives one part of an object made of parts, and how many there are", async () => {
    const got = await s3.getObject({ Bucket, Key: "parts", PartNumber: 2 });
    expect(got.$metadata.httpStatusCode).toBe(206);
    expect(got.PartsCount).toBe(2);
    expect(got.ContentRange).toBe(`bytes ${partSize}-${parted.length - 1}/${parted.length}`);
    expect((await bytesOf(got)).equals(parted.subarray(partSize))).toBe(true);
  });

  test("1 of an object put in one piece gives it whole", async () => {
    const got = await s3.getObject({ Bucket, Key: "ten", PartNumber: 1 });
    expect(got.$metadata.httpStatusCode).toBe(206);
    expect(await textOf(got)).toBe(text);
    expect(got.PartsCount).toBeUndefined();
  });

  test.for([
    ["ten", 2],
    ["parts", 3],
  ] as const)("of %s: %i answers InvalidPartNumber", async ([Key, PartNumber]) => {
    await refusal(s3.getObject({ Bucket, Key, PartNumber }), "InvalidPartNumber", 416);
  });

  test.for(["0", "10001", "-1", "x"])("rejects %s with InvalidArgument", async (value) => {
    const answer = await call({ method: "GET", path: `/${Bucket}/ten`, query: [["partNumber", value]] });
    expect(verdict(answer)).toBe("400 InvalidArgument");
  });

  test("and Range together are rejected with InvalidRequest", async () => {
    await refusal(s3.getObject({ Bucket, Key: "ten", PartNumber: 1, Range: "bytes=0-1" }), "InvalidRequest", 400);
  });
});

describe("HeadObject: partNumber", () => {
  test("tells a part's length and how many there are", async () => {
    const head = await s3.headObject({ Bucket, Key: "parts", PartNumber: 1 });
    expect(head).toMatchObject({ ContentLength: partSize, PartsCount: 2 });
  });
});

describe("GetObject: response-* parameters", () => {
  const overrides = {
    ResponseContentType: "text/override",
    ResponseContentLanguage: "de",
    ResponseCacheControl: "no-store",
    ResponseContentDisposition: 'attachment; filename="x.txt"',
    ResponseContentEncoding: "identity",
    ResponseExpires: new Date("2031-01-01T00:00:00Z"),
  };

  test("replace the headers of the answer, for this answer only", async () => {
    const got = await s3.getObject({ Bucket, Key: "ten", ...overrides });
    expect(got).toMatchObject({
      ContentType: "text/override",
      ContentLanguage: "de",
      CacheControl: "no-store",
      ContentDisposition: 'attachment; filename="x.txt"',
      ContentEncoding: "identity",
    });
    expect(new Date(String(got.ExpiresString)).getTime()).toBe(overrides.ResponseExpires.getTime());
    expect(await textOf(got)).toBe(text);
    expect((await s3.headObject({ Bucket, Key: "ten" })).ContentLanguage).toBeUndefined();
  });

  test("work for HEAD too", async () => {
    const query = [["response-content-type", "text/override"]] as const;
    const answer = await call({ method: "HEAD", path: `/${Bucket}/ten`, query });
    expect(answer.headers["content-type"]).toBe("text/override");
  });

  test("cannot smuggle a header into the answer", async () => {
    const query = [["response-content-type", "text/plain\r\nx-injected: yes"]] as const;
    const answer = await call({ method: "GET", path: `/${Bucket}/ten`, query });
    expect(answer.headers["x-injected"]).toBeUndefined();
    expect([200, 400]).toContain(answer.status);
  });
});
