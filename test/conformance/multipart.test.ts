import { Upload } from "@aws-sdk/lib-storage";
import { beforeAll, describe, expect, test } from "vitest";
import { bucketName, freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { bytesOf, given, plainS3, refusal, s3, statusOf, textOf } from "./support/clients.ts";
import { call, verdict } from "./support/http.ts";
import { md5Hex, testBytes } from "./support/random.ts";

removeBucketsAtTheEnd();
const partSize = 5 * 1024 * 1024;
const big = testBytes(partSize, 21);
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("multipart");
});

type Part = { PartNumber: number; ETag: string };

async function create(Key: string): Promise<string> {
  return given((await plainS3.createMultipartUpload({ Bucket, Key })).UploadId, "UploadId");
}

async function part(Key: string, UploadId: string, PartNumber: number, Body: Uint8Array | string): Promise<Part> {
  const { ETag } = await plainS3.uploadPart({ Bucket, Key, UploadId, PartNumber, Body });
  return { PartNumber, ETag: given(ETag, "ETag") };
}

async function complete(Key: string, UploadId: string, Parts: readonly Partial<Part>[]) {
  return await plainS3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload: { Parts: [...Parts] } });
}

/** An upload of small parts, ready to be completed or refused. */
async function started(Key: string, bodies: Record<number, Uint8Array | string>) {
  const UploadId = await create(Key);
  const parts: Part[] = [];
  for (const [number, body] of Object.entries(bodies)) parts.push(await part(Key, UploadId, Number(number), body));
  return { UploadId, parts };
}

const exists = async (Key: string) => (await statusOf(s3.headObject({ Bucket, Key }))) === 200;

describe("CreateMultipartUpload", () => {
  test("answers bucket, key and an upload id of its own each time", async () => {
    const first = await plainS3.createMultipartUpload({ Bucket, Key: "a b" });
    const second = await plainS3.createMultipartUpload({ Bucket, Key: "a b" });
    expect(first).toMatchObject({ Bucket, Key: "a b" });
    expect(first.UploadId).not.toBe(second.UploadId);
  });

  test("shows nothing to readers", async () => {
    const { UploadId } = await started("invisible", { 1: "x" });
    expect(UploadId).toMatch(/./);
    expect(await exists("invisible")).toBe(false);
    expect((await s3.listObjectsV2({ Bucket, Prefix: "invisible" })).KeyCount).toBe(0);
  });

  test("answers NoSuchBucket for a bucket that does not exist", async () => {
    await refusal(plainS3.createMultipartUpload({ Bucket: bucketName(), Key: "k" }), "NoSuchBucket", 404);
  });
});

describe("UploadPart", () => {
  test("returns the part's MD5 as ETag", async () => {
    const { parts } = await started("part-etag", { 1: "hello" });
    expect(parts[0]?.ETag).toBe(`"${md5Hex("hello")}"`);
  });

  test("replaces a part of the same number", async () => {
    const { UploadId } = await started("part-twice", { 1: "old" });
    const newer = await part("part-twice", UploadId, 1, "newer");
    await complete("part-twice", UploadId, [newer]);
    expect(await textOf(await s3.getObject({ Bucket, Key: "part-twice" }))).toBe("newer");
  });

  test.for(["0", "10001", "-1", "x", "1.5"])("rejects the part number %s with InvalidArgument", async (number) => {
    const uploadId = await create("numbers");
    const query = [
      ["partNumber", number],
      ["uploadId", uploadId],
    ] as const;
    const answer = await call({ method: "PUT", path: `/${Bucket}/numbers`, query, body: "x" });
    expect(verdict(answer)).toBe("400 InvalidArgument");
    expect(await exists("numbers")).toBe(false);
  });

  test("without an upload id changes no object", async () => {
    await s3.putObject({ Bucket, Key: "whole", Body: "whole" });
    const query = [["partNumber", "1"]] as const;
    const answer = await call({ method: "PUT", path: `/${Bucket}/whole`, query, body: "part" });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await textOf(await s3.getObject({ Bucket, Key: "whole" }))).toBe("whole");
  });

  test("answers NoSuchUpload for an upload that does not exist, or of another key", async () => {
    const UploadId = await create("right-key");
    await refusal(part("wrong-key", UploadId, 1, "x"), "NoSuchUpload", 404);
    await refusal(part("right-key", "VXBsb2FkIElEIHRoYXQgbmV2ZXIgd2Fz", 1, "x"), "NoSuchUpload", 404);
    await refusal(part("right-key", "not/an+id", 1, "x"), "NoSuchUpload", 404);
  });

  test("rejects a body whose Content-MD5 differs with BadDigest", async () => {
    const UploadId = await create("part-md5");
    const ContentMD5 = Buffer.from(md5Hex("other"), "hex").toString("base64");
    const bad = { Bucket, Key: "part-md5", UploadId, PartNumber: 1, Body: "x", ContentMD5 };
    await refusal(plainS3.uploadPart(bad), "BadDigest", 400);
    expect((await s3.listParts({ Bucket, Key: "part-md5", UploadId })).Parts ?? []).toEqual([]);
  });
});

describe("CompleteMultipartUpload", () => {
  test("joins the parts in order, with the ETag of S3's multipart objects", async () => {
    const Key = "joined";
    const { UploadId, parts } = await started(Key, { 1: big, 2: "tail" });
    const answer = await complete(Key, UploadId, parts);
    const digests = Buffer.concat([big, "tail"].map((body) => Buffer.from(md5Hex(body), "hex")));
    const ETag = `"${md5Hex(digests)}-2"`;
    expect(answer).toMatchObject({ Bucket, Key, ETag });
    expect(answer.Location).toContain(Key);
    const got = await s3.getObject({ Bucket, Key });
    expect(got.ETag).toBe(ETag);
    expect((await bytesOf(got)).equals(Buffer.concat([big, Buffer.from("tail")]))).toBe(true);
    const listed = await s3.listObjectsV2({ Bucket, Prefix: Key });
    expect(listed.Contents?.[0]).toMatchObject({ ETag, Size: partSize + 4 });
  });

  test("takes parts with gaps between their numbers, and leaves out those not named", async () => {
    const Key = "gaps";
    const { UploadId, parts } = await started(Key, { 7: big, 8: "left out", 10_000: "end" });
    const answer = await complete(
      Key,
      UploadId,
      parts.filter(({ PartNumber }) => PartNumber !== 8),
    );
    expect(answer.ETag).toMatch(/-2"$/);
    const got = await bytesOf(await s3.getObject({ Bucket, Key }));
    expect(got.equals(Buffer.concat([big, Buffer.from("end")]))).toBe(true);
  });

  test("takes an empty part as the only one", async () => {
    const { UploadId, parts } = await started("empty", { 1: "" });
    await complete("empty", UploadId, parts);
    const got = await s3.getObject({ Bucket, Key: "empty" });
    expect(await bytesOf(got)).toHaveLength(0);
    expect(got.ETag).toMatch(/-1"$/);
  });

  test("takes ETags without quotes", async () => {
    const { UploadId, parts } = await started("unquoted", { 1: "x" });
    await complete(
      "unquoted",
      UploadId,
      parts.map(({ ETag, ...rest }) => ({ ...rest, ETag: ETag.replaceAll('"', "") })),
    );
    expect(await exists("unquoted")).toBe(true);
  });

  test("answers a retry as the first time", async () => {
    const { UploadId, parts } = await started("retried", { 1: "x" });
    const first = await complete("retried", UploadId, parts);
    const second = await complete("retried", UploadId, parts);
    expect(second.ETag).toBe(first.ETag);
    expect(await textOf(await s3.getObject({ Bucket, Key: "retried" }))).toBe("x");
  });

  test("retried after the object was replaced does not bring the old one back", async () => {
    const { UploadId, parts } = await started("replaced", { 1: "parts" });
    await complete("replaced", UploadId, parts);
    await s3.putObject({ Bucket, Key: "replaced", Body: "newer" });
    await complete("replaced", UploadId, parts).catch(() => undefined);
    expect(await textOf(await s3.getObject({ Bucket, Key: "replaced" }))).toBe("newer");
  });

  test("replaces an object of the same key", async () => {
    await s3.putObject({ Bucket, Key: "over", Body: "old", Metadata: { old: "1" } });
    const { UploadId, parts } = await started("over", { 1: "new" });
    await complete("over", UploadId, parts);
    const got = await s3.getObject({ Bucket, Key: "over" });
    expect(await textOf(got)).toBe("new");
    expect(got.Metadata).toEqual({});
  });

  test("keeps the headers, metadata, tags and storage class given at creation", async () => {
    const Key = "kept";
    const given_ = {
      ContentType: "text/x",
      ContentEncoding: "gzip",
      ContentDisposition: "attachment",
      ContentLanguage: "de",
      CacheControl: "no-cache",
      Metadata: { a: "1" },
      StorageClass: "STANDARD_IA",
    } as const;
    const { UploadId = "" } = await plainS3.createMultipartUpload({ Bucket, Key, ...given_, Tagging: "t=1" });
    await complete(Key, UploadId, [await part(Key, UploadId, 1, "x")]);
    expect(await s3.headObject({ Bucket, Key })).toMatchObject({ ...given_, TagCount: 1 });
  });

  test("ends the upload: its parts are gone from the lists", async () => {
    const { UploadId, parts } = await started("ended", { 1: "x" });
    await complete("ended", UploadId, parts);
    await refusal(s3.listParts({ Bucket, Key: "ended", UploadId }), "NoSuchUpload", 404);
    const uploads = await s3.listMultipartUploads({ Bucket, Prefix: "ended" });
    expect(uploads.Uploads ?? []).toEqual([]);
    await refusal(part("ended", UploadId, 2, "x"), "NoSuchUpload", 404);
  });

  test("of which eight run at once answers all alike", async () => {
    const { UploadId, parts } = await started("racing", { 1: "x" });
    const answers = await Promise.all(Array.from({ length: 8 }, async () => await complete("racing", UploadId, parts)));
    expect(new Set(answers.map(({ ETag }) => ETag)).size).toBe(1);
    expect(await textOf(await s3.getObject({ Bucket, Key: "racing" }))).toBe("x");
  });
});

describe("CompleteMultipartUpload: refusals leave the upload as it is", () => {
  const wrong = `"${md5Hex("wrong")}"`;
  test.for([
    ["parts out of order", ([a, b]: Part[]) => [b, a], "InvalidPartOrder"],
    ["a part named twice", ([a]: Part[]) => [a, a], "InvalidPartOrder"],
    ["a wrong ETag", ([a, b]: Part[]) => [a, b === undefined ? b : { ...b, ETag: wrong }], "InvalidPart"],
    ["a part that was never uploaded", ([a]: Part[]) => [a, { PartNumber: 9, ETag: wrong }], "InvalidPart"],
  ] as const)("%s", async ([name, choose, code]) => {
    const { UploadId, parts } = await started(name, { 1: big, 2: "x" });
    const chosen = choose(parts).flatMap((entry) => (entry === undefined ? [] : [entry]));
    await refusal(complete(name, UploadId, chosen), code, 400);
    expect(await exists(name)).toBe(false);
    expect((await s3.listParts({ Bucket, Key: name, UploadId })).Parts).toHaveLength(2);
    await complete(name, UploadId, parts);
    expect(await exists(name)).toBe(true);
  });

  test("a part under 5 MiB that is not the last: EntityTooSmall", async () => {
    const { UploadId, parts } = await started("small", { 1: "small", 2: "last" });
    await refusal(complete("small", UploadId, parts), "EntityTooSmall", 400);
    expect(await exists("small")).toBe(false);
  });

  test.for([
    ["no body", ""],
    ["no parts", "<CompleteMultipartUpload></CompleteMultipartUpload>"],
    ["broken XML", "<CompleteMultipartUpload><Part>"],
    ["a part without its number", `<CompleteMultipartUpload><Part><ETag>x</ETag></Part></CompleteMultipartUpload>`],
    [
      "a part without its ETag",
      `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>`,
    ],
    ["another root", `<Complete><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part></Complete>`],
  ] as const)("%s: 400", async ([, body]) => {
    const { UploadId } = await started("bad-xml", { 1: "x" });
    const query = [["uploadId", UploadId]] as const;
    const answer = await call({ method: "POST", path: `/${Bucket}/bad-xml`, query, body });
    expect(["400 MalformedXML", "400 InvalidRequest", "400 MissingRequestBodyError"]).toContain(verdict(answer));
    expect(await exists("bad-xml")).toBe(false);
  });

  test("an upload that does not exist: NoSuchUpload", async () => {
    const parts = [{ PartNumber: 1, ETag: wrong }];
    await refusal(complete("nowhere", "VXBsb2FkIElEIHRoYXQgbmV2ZXIgd2Fz", parts), "NoSuchUpload", 404);
  });
});

describe("AbortMultipartUpload", () => {
  test("ends the upload", async () => {
    const { UploadId, parts } = await started("aborted", { 1: "x" });
    expect(await statusOf(s3.abortMultipartUpload({ Bucket, Key: "aborted", UploadId }))).toBe(204);
    await refusal(complete("aborted", UploadId, parts), "NoSuchUpload", 404);
    await refusal(part("aborted", UploadId, 2, "x"), "NoSuchUpload", 404);
    expect(await exists("aborted")).toBe(false);
  });

  test("answers NoSuchUpload for an upload that does not exist", async () => {
    const abort = { Bucket, Key: "k", UploadId: "VXBsb2FkIElEIHRoYXQgbmV2ZXIgd2Fz" };
    await refusal(s3.abortMultipartUpload(abort), "NoSuchUpload", 404);
  });

  test("of a completed upload leaves its object", async () => {
    const { UploadId, parts } = await started("completed", { 1: "whole" });
    await complete("completed", UploadId, parts);
    await s3.abortMultipartUpload({ Bucket, Key: "completed", UploadId }).catch(() => undefined);
    expect(await textOf(await s3.getObject({ Bucket, Key: "completed" }))).toBe("whole");
  });

  test("never deletes the object of the key", async () => {
    await s3.putObject({ Bucket, Key: "safe", Body: "safe" });
    const { UploadId } = await started("safe", { 1: "x" });
    await s3.abortMultipartUpload({ Bucket, Key: "safe", UploadId });
    expect(await textOf(await s3.getObject({ Bucket, Key: "safe" }))).toBe("safe");
  });
});

describe("ListParts", () => {
  test("lists parts by number, in pages", async () => {
    const { UploadId } = await started("listed", { 3: "three", 1: "one", 20: "twenty" });
    const upload = { Bucket, Key: "listed", UploadId };
    const all = await s3.listParts(upload);
    expect(all.Parts?.map(({ PartNumber, Size, ETag }) => [PartNumber, Size, ETag])).toEqual([
      [1, 3, `"${md5Hex("one")}"`],
      [3, 5, `"${md5Hex("three")}"`],
      [20, 6, `"${md5Hex("twenty")}"`],
    ]);
    expect(all).toMatchObject({ ...upload, IsTruncated: false, StorageClass: "STANDARD", MaxParts: 1000 });
    expect(all.Owner?.ID).toMatch(/./);
    expect(all.Initiator?.ID).toMatch(/./);
    const page = await s3.listParts({ ...upload, MaxParts: 2 });
    expect(page).toMatchObject({ IsTruncated: true, NextPartNumberMarker: "3", MaxParts: 2 });
    const rest = await s3.listParts({ ...upload, MaxParts: 2, PartNumberMarker: "3" });
    expect(rest.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([20]);
    expect(rest).toMatchObject({ IsTruncated: false, PartNumberMarker: "3" });
  });

  test("tells the checksums of an upload that has them", async () => {
    const upload = { Bucket, Key: "summed", ChecksumAlgorithm: "SHA256" } as const;
    const { UploadId } = await s3.createMultipartUpload(upload);
    const part = await s3.uploadPart({ ...upload, UploadId, PartNumber: 1, Body: "x" });
    const listed = await s3.listParts({ Bucket, Key: "summed", UploadId });
    expect(listed).toMatchObject({ ChecksumAlgorithm: "SHA256", ChecksumType: "COMPOSITE" });
    expect(listed.Parts?.[0]?.ChecksumSHA256).toBe(part.ChecksumSHA256);
    const uploads = await s3.listMultipartUploads({ Bucket, Prefix: "summed" });
    expect(uploads.Uploads?.[0]).toMatchObject({ ChecksumAlgorithm: "SHA256", ChecksumType: "COMPOSITE" });
  });

  test("answers NoSuchUpload for an upload that does not exist", async () => {
    const list = { Bucket, Key: "k", UploadId: "VXBsb2FkIElEIHRoYXQgbmV2ZXIgd2Fz" };
    await refusal(s3.listParts(list), "NoSuchUpload", 404);
  });

  test.for(["-1", "x"])("rejects max-parts=%s with InvalidArgument", async (value) => {
    const query = [
      ["uploadId", await create("max-parts")],
      ["max-parts", value],
    ] as const;
    const answer = await call({ method: "GET", path: `/${Bucket}/max-parts`, query });
    expect(verdict(answer)).toBe("400 InvalidArgument");
  });
});

describe("ListMultipartUploads", () => {
  let listed = "";
  const ids = new Map<string, string[]>();
  const keys = ["a/1", "a/2", "b", "b", "c d", "～", "🎉"];
  beforeAll(async () => {
    listed = await freshBucket("uploads");
    for (const Key of keys) {
      const { UploadId = "" } = await plainS3.createMultipartUpload({ Bucket: listed, Key });
      ids.set(Key, [...(ids.get(Key) ?? []), UploadId]);
    }
  });

  test("lists uploads in progress by key, then by age", async () => {
    const all = await s3.listMultipartUploads({ Bucket: listed });
    expect(all.Uploads?.map(({ Key }) => Key)).toEqual(keys);
    const ofB = all.Uploads?.filter(({ Key }) => Key === "b").map(({ UploadId }) => UploadId);
    expect(ofB).toEqual(ids.get("b"));
    expect(all.Uploads?.[0]).toMatchObject({ UploadId: ids.get("a/1")?.[0], StorageClass: "STANDARD" });
    expect(all.Uploads?.[0]?.Initiated).toBeInstanceOf(Date);
    expect(all.Uploads?.[0]?.Owner?.ID).toMatch(/./);
    expect(all).toMatchObject({ Bucket: listed, IsTruncated: false, MaxUploads: 1000 });
  });

  test("lists a prefix only, and rolls up common prefixes", async () => {
    const under = await s3.listMultipartUploads({ Bucket: listed, Prefix: "a/" });
    expect(under.Uploads?.map(({ Key }) => Key)).toEqual(["a/1", "a/2"]);
    const rolled = await s3.listMultipartUploads({ Bucket: listed, Delimiter: "/" });
    expect(rolled.CommonPrefixes).toEqual([{ Prefix: "a/" }]);
    expect(rolled.Uploads?.map(({ Key }) => Key)).toEqual(keys.slice(2));
  });

  test.for([1, 2, 3])("gives every upload once in pages of %i", async (MaxUploads) => {
    const found: (string | undefined)[] = [];
    let markers: { KeyMarker?: string; UploadIdMarker?: string } = {};
    for (;;) {
      const page = await s3.listMultipartUploads({ Bucket: listed, MaxUploads, ...markers });
      found.push(...(page.Uploads ?? []).map(({ UploadId }) => UploadId));
      if (page.IsTruncated !== true) break;
      markers = {
        KeyMarker: given(page.NextKeyMarker, "NextKeyMarker"),
        UploadIdMarker: given(page.NextUploadIdMarker, "NextUploadIdMarker"),
      };
    }
    expect(found).toEqual([...ids.values()].flat());
  });

  test("starts after a key when there is no upload-id-marker, and ignores that marker without a key", async () => {
    const after = await s3.listMultipartUploads({ Bucket: listed, KeyMarker: "b" });
    expect(after.Uploads?.map(({ Key }) => Key)).toEqual(["c d", "～", "🎉"]);
    const ignored = await s3.listMultipartUploads({ Bucket: listed, UploadIdMarker: ids.get("c d")?.[0] });
    expect(ignored.Uploads).toHaveLength(keys.length);
  });

  test("encodes keys when encoding-type is url", async () => {
    const page = await s3.listMultipartUploads({ Bucket: listed, EncodingType: "url", Prefix: "～" });
    expect(page.Uploads?.map(({ Key }) => Key)).toEqual(["%EF%BD%9E"]);
  });

  test("answers NoSuchBucket for a bucket that does not exist", async () => {
    await refusal(s3.listMultipartUploads({ Bucket: bucketName() }), "NoSuchBucket", 404);
  });
});

describe("UploadPartCopy", () => {
  let CopySource = "";
  let sourceETag = "";
  beforeAll(async () => {
    const put = await s3.putObject({ Bucket, Key: "copy source", Body: Buffer.concat([big, Buffer.from("tail")]) });
    sourceETag = given(put.ETag, "ETag");
    CopySource = `${Bucket}/copy%20source`;
  });

  async function copyPart(Key: string, UploadId: string, PartNumber: number, more: object = {}): Promise<Part> {
    const answer = await plainS3.uploadPartCopy({ Bucket, Key, UploadId, PartNumber, CopySource, ...more });
    return { PartNumber, ETag: given(answer.CopyPartResult?.ETag, "ETag") };
  }

  test("copies a whole object and ranges of it", async () => {
    const Key = "copied-parts";
    const UploadId = await create(Key);
    const parts = [
      await copyPart(Key, UploadId, 1, { CopySourceRange: `bytes=0-${partSize - 1}` }),
      await copyPart(Key, UploadId, 2),
      await copyPart(Key, UploadId, 3, { CopySourceRange: `bytes=${partSize}-${partSize + 3}` }),
    ];
    expect(parts[0]?.ETag).toBe(`"${md5Hex(big)}"`);
    expect(parts[1]?.ETag).toBe(sourceETag);
    expect(parts[2]?.ETag).toBe(`"${md5Hex("tail")}"`);
    await complete(Key, UploadId, parts);
    const got = await bytesOf(await s3.getObject({ Bucket, Key }));
    expect(got.equals(Buffer.concat([big, big, Buffer.from("tailtail")]))).toBe(true);
  });

  test.for(["bytes=0-", "bytes=-5", "bytes=5-2", "0-5", "bytes=a-b", `bytes=0-${partSize + 4}`])(
    "rejects the range %s",
    async (CopySourceRange) => {
      const UploadId = await create("bad-range");
      const status = await statusOf(
        plainS3.uploadPartCopy({ Bucket, Key: "bad-range", UploadId, PartNumber: 1, CopySource, CopySourceRange }),
      );
      expect([400, 416]).toContain(status);
    },
  );

  test("honours the source's conditions", async () => {
    const UploadId = await create("conditions");
    const other = `"${md5Hex("other")}"`;
    const refused = copyPart("conditions", UploadId, 1, { CopySourceIfMatch: other });
    await refusal(refused, "PreconditionFailed", 412);
    await copyPart("conditions", UploadId, 1, { CopySourceIfMatch: sourceETag });
  });

  test("answers NoSuchKey and NoSuchUpload where there is none", async () => {
    const UploadId = await create("missing");
    await refusal(copyPart("missing", UploadId, 1, { CopySource: `${Bucket}/nowhere` }), "NoSuchKey", 404);
    await refusal(copyPart("missing", "VXBsb2FkIElEIHRoYXQgbmV2ZXIgd2Fz", 1), "NoSuchUpload", 404);
  });
});

describe("lib-storage's Upload", () => {
  test("uploads a stream in parts with its own checksums, and reads it back", async () => {
    const body = testBytes(partSize + 123_457, 22);
    const upload = new Upload({ client: s3, params: { Bucket, Key: "lib-storage", Body: body }, partSize });
    await upload.done();
    const got = await s3.getObject({ Bucket, Key: "lib-storage", ChecksumMode: "ENABLED" });
    expect((await bytesOf(got)).equals(body)).toBe(true);
  });
});
