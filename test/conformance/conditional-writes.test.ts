import { beforeAll, describe, expect, test } from "vitest";
import { freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { given, refusal, s3, statusOf, textOf } from "./support/clients.ts";
import { call, verdict } from "./support/http.ts";
import { md5Hex } from "./support/random.ts";

removeBucketsAtTheEnd();
let Bucket = "";
const wrong = `"${md5Hex("wrong")}"`;
beforeAll(async () => {
  Bucket = await freshBucket("writes");
});

/** Puts an object and returns its ETag. */
async function put(Key: string, Body = "first"): Promise<string> {
  return given((await s3.putObject({ Bucket, Key, Body })).ETag, "ETag");
}

const read = async (Key: string) => await textOf(await s3.getObject({ Bucket, Key }));

type Conditions = { IfMatch?: string; IfNoneMatch?: string };
/** The three ways to make an object; each writes "second". */
const writers = {
  PutObject: async (Key: string, conditions: Conditions) =>
    await s3.putObject({ Bucket, Key, Body: "second", ...conditions }),
  CopyObject: async (Key: string, conditions: Conditions) => {
    await put("copy-source", "second");
    return await s3.copyObject({ Bucket, Key, CopySource: `${Bucket}/copy-source`, ...conditions });
  },
  CompleteMultipartUpload: async (Key: string, conditions: Conditions) => {
    const { UploadId } = await s3.createMultipartUpload({ Bucket, Key });
    const part = await s3.uploadPart({ Bucket, Key, UploadId, PartNumber: 1, Body: "second" });
    const Parts = [{ PartNumber: 1, ETag: part.ETag, ChecksumCRC32: part.ChecksumCRC32 }];
    return await s3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...conditions });
  },
};

describe.for(Object.entries(writers))("%s: conditions", ([name, write]) => {
  test("If-None-Match * makes an object that is not there", async () => {
    await write(`${name}/new`, { IfNoneMatch: "*" });
    expect(await read(`${name}/new`)).toBe("second");
  });

  test("If-None-Match * refuses an object that is there", async () => {
    await put(`${name}/there`);
    await refusal(write(`${name}/there`, { IfNoneMatch: "*" }), "PreconditionFailed", 412);
    expect(await read(`${name}/there`)).toBe("first");
  });

  test("If-None-Match * makes an object again that was deleted", async () => {
    await put(`${name}/deleted`);
    await s3.deleteObject({ Bucket, Key: `${name}/deleted` });
    await write(`${name}/deleted`, { IfNoneMatch: "*" });
    expect(await read(`${name}/deleted`)).toBe("second");
  });

  test("If-None-Match with an ETag answers NotImplemented and writes nothing", async () => {
    await refusal(write(`${name}/etag`, { IfNoneMatch: wrong }), "NotImplemented", 501);
    expect(await statusOf(s3.headObject({ Bucket, Key: `${name}/etag` }))).toBe(404);
  });

  test("If-Match with the object's ETag replaces it", async () => {
    const IfMatch = await put(`${name}/match`);
    await write(`${name}/match`, { IfMatch });
    expect(await read(`${name}/match`)).toBe("second");
  });

  test("If-Match with another ETag refuses and keeps the object", async () => {
    await put(`${name}/mismatch`);
    await refusal(write(`${name}/mismatch`, { IfMatch: wrong }), "PreconditionFailed", 412);
    expect(await read(`${name}/mismatch`)).toBe("first");
  });

  test("If-Match on a key that does not exist answers NoSuchKey", async () => {
    await refusal(write(`${name}/nowhere`, { IfMatch: wrong }), "NoSuchKey", 404);
    expect(await statusOf(s3.headObject({ Bucket, Key: `${name}/nowhere` }))).toBe(404);
  });
});

describe("PutObject: racing writers", () => {
  test("of eight with If-None-Match * exactly one wins, and its bytes are there", async () => {
    for (let round = 0; round < 5; round += 1) {
      const Key = `race/${round}`;
      const attempts = Array.from({ length: 8 }, async (_, index) => ({
        index,
        status: await statusOf(s3.putObject({ Bucket, Key, Body: `writer ${index}`, IfNoneMatch: "*" })),
      }));
      const outcomes = await Promise.all(attempts);
      const winners = outcomes.filter(({ status }) => status === 200);
      expect(winners).toHaveLength(1);
      for (const { status } of outcomes) expect([200, 409, 412]).toContain(status);
      expect(await read(Key)).toBe(`writer ${winners[0]?.index}`);
    }
  });

  test("of eight with If-Match on the same version exactly one wins", async () => {
    const IfMatch = await put("race/match");
    const attempts = Array.from({ length: 8 }, async (_, index) =>
      statusOf(s3.putObject({ Bucket, Key: "race/match", Body: `next ${index}`, IfMatch })),
    );
    const statuses = await Promise.all(attempts);
    expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  });
});

describe("DeleteObject: If-Match", () => {
  test("with the object's ETag deletes it", async () => {
    const IfMatch = await put("delete/match");
    expect(await statusOf(s3.deleteObject({ Bucket, Key: "delete/match", IfMatch }))).toBe(204);
    expect(await statusOf(s3.headObject({ Bucket, Key: "delete/match" }))).toBe(404);
  });

  test("* deletes what is there", async () => {
    await put("delete/any");
    expect(await statusOf(s3.deleteObject({ Bucket, Key: "delete/any", IfMatch: "*" }))).toBe(204);
  });

  test("with another ETag refuses and keeps the object", async () => {
    await put("delete/mismatch");
    await refusal(s3.deleteObject({ Bucket, Key: "delete/mismatch", IfMatch: wrong }), "PreconditionFailed", 412);
    expect(await read("delete/mismatch")).toBe("first");
  });

  test("on a key that does not exist is refused", async () => {
    expect([404, 412]).toContain(await statusOf(s3.deleteObject({ Bucket, Key: "delete/nowhere", IfMatch: wrong })));
  });
});

describe("conditions that a write cannot honour", () => {
  test.for([
    ["PUT", "if-modified-since", "Wed, 01 Jan 2020 00:00:00 GMT"],
    ["PUT", "if-unmodified-since", "Wed, 01 Jan 2020 00:00:00 GMT"],
    ["DELETE", "if-none-match", "*"],
    ["DELETE", "if-unmodified-since", "Wed, 01 Jan 2020 00:00:00 GMT"],
  ] as const)("%s with %s is refused rather than done without it", async ([method, name, value]) => {
    await put("honest");
    const answer = await call({ method, path: `/${Bucket}/honest`, headers: { [name]: value }, body: "" });
    expect(verdict(answer)).toBe("501 NotImplemented");
    expect(await read("honest")).toBe("first");
  });
});
