import type { ListObjectsV2CommandInput } from "@aws-sdk/client-s3";
import { beforeAll, describe, expect, test } from "vitest";
import { bucketName, decodeListed, freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { given, refusal, s3 } from "./support/clients.ts";
import { call, element, elements, verdict } from "./support/http.ts";
import { md5Hex } from "./support/random.ts";

removeBucketsAtTheEnd();

/** In the order of UTF-8 bytes, which is not that of JavaScript's strings: U+FF5E comes before the emoji. */
const keys = [
  "a",
  "a b",
  "a/1",
  "a/2/x",
  "a/2/y",
  "a0",
  "b//c",
  "b/c",
  "c+plus",
  "d&<amp>",
  "e%2F",
  "z",
  "é",
  "～fullwidth",
  "🎉party",
];
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("listing");
  for (const Key of keys.toReversed()) await s3.putObject({ Bucket, Key, Body: Key });
});

/** Keys and common prefixes of all pages, in the order they came. */
async function walk(input: Omit<ListObjectsV2CommandInput, "Bucket">) {
  const found: { keys: string[]; prefixes: string[]; pages: number } = { keys: [], prefixes: [], pages: 0 };
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.listObjectsV2({ Bucket, ...input, ...(ContinuationToken && { ContinuationToken }) });
    const contents = (page.Contents ?? []).map(({ Key }) => given(Key, "Key"));
    const prefixes = (page.CommonPrefixes ?? []).map(({ Prefix }) => given(Prefix, "Prefix"));
    expect(page.KeyCount).toBe(contents.length + prefixes.length);
    expect(contents.length + prefixes.length).toBeLessThanOrEqual(input.MaxKeys ?? 1000);
    found.keys.push(...contents);
    found.prefixes.push(...prefixes);
    found.pages += 1;
    ContinuationToken = page.IsTruncated === true ? given(page.NextContinuationToken, "token") : undefined;
  } while (ContinuationToken !== undefined);
  return found;
}

const list = async (query: readonly (readonly [string, string])[]) =>
  await call({ method: "GET", path: `/${Bucket}`, query });

describe("ListObjectsV2", () => {
  test("lists keys in the order of their UTF-8 bytes", async () => {
    expect((await walk({})).keys).toEqual(keys);
  });

  test("gives each object's ETag, size, date and storage class", async () => {
    const page = await s3.listObjectsV2({ Bucket, Prefix: "é" });
    const [object] = given(page.Contents, "Contents");
    expect(object).toMatchObject({ Key: "é", ETag: `"${md5Hex("é")}"`, Size: 2, StorageClass: "STANDARD" });
    expect(Math.abs(given(object?.LastModified, "LastModified").getTime() - Date.now())).toBeLessThan(600_000);
  });

  test("echoes what was asked", async () => {
    const page = await s3.listObjectsV2({ Bucket, Prefix: "a", Delimiter: "/", MaxKeys: 7, StartAfter: "a" });
    expect(page).toMatchObject({ Name: Bucket, Prefix: "a", Delimiter: "/", MaxKeys: 7, StartAfter: "a" });
  });

  test("lists keys with a prefix only", async () => {
    expect((await walk({ Prefix: "a/" })).keys).toEqual(["a/1", "a/2/x", "a/2/y"]);
    expect((await walk({ Prefix: "nothing" })).keys).toEqual([]);
    expect((await walk({ Prefix: "\u{1F389}" })).keys).toEqual(["🎉party"]);
  });

  test("rolls keys up to common prefixes at a delimiter", async () => {
    expect(await walk({ Delimiter: "/" })).toMatchObject({
      keys: ["a", "a b", "a0", "c+plus", "d&<amp>", "e%2F", "z", "é", "～fullwidth", "🎉party"],
      prefixes: ["a/", "b/"],
    });
    expect(await walk({ Delimiter: "/", Prefix: "a/" })).toMatchObject({ keys: ["a/1"], prefixes: ["a/2/"] });
    expect(await walk({ Delimiter: "/", Prefix: "b/" })).toMatchObject({ keys: ["b/c"], prefixes: ["b//"] });
  });

  test("takes a delimiter of several characters, or beyond ASCII", async () => {
    expect(await walk({ Delimiter: "/2/" })).toMatchObject({ prefixes: ["a/2/"] });
    expect(await walk({ Delimiter: "🎉" })).toMatchObject({ prefixes: ["🎉"] });
  });

  test("gives the same with one key a page as with all", async () => {
    for (const Delimiter of [undefined, "/"]) {
      const input = Delimiter === undefined ? {} : { Delimiter };
      const { pages: _, ...whole } = await walk(input);
      const { pages, ...paged } = await walk({ ...input, MaxKeys: 1 });
      expect(paged).toEqual(whole);
      expect(pages).toBe(whole.keys.length + whole.prefixes.length);
    }
  });

  test("starts after a key, whether it exists or not", async () => {
    expect((await walk({ StartAfter: "e%2F" })).keys).toEqual(["z", "é", "～fullwidth", "🎉party"]);
    expect((await walk({ StartAfter: "f" })).keys).toEqual(["z", "é", "～fullwidth", "🎉party"]);
    expect((await walk({ StartAfter: "～fullwidth" })).keys).toEqual(["🎉party"]);
  });

  test("ignores start-after when there is a token", async () => {
    const first = await s3.listObjectsV2({ Bucket, MaxKeys: 2 });
    const ContinuationToken = given(first.NextContinuationToken, "NextContinuationToken");
    const second = await s3.listObjectsV2({ Bucket, MaxKeys: 2, ContinuationToken, StartAfter: "z" });
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(["a/1", "a/2/x"]);
    expect(second.ContinuationToken).toBe(ContinuationToken);
  });

  test("is not truncated when the last page is exactly full", async () => {
    const page = await s3.listObjectsV2({ Bucket, MaxKeys: keys.length });
    expect(page).toMatchObject({ IsTruncated: false, KeyCount: keys.length });
    expect(page.NextContinuationToken).toBeUndefined();
  });

  test("with max-keys=0 answers an empty page that is not truncated", async () => {
    const answer = await list([
      ["list-type", "2"],
      ["max-keys", "0"],
    ]);
    expect(element(answer.text, "MaxKeys")).toBe("0");
    expect(element(answer.text, "IsTruncated")).toBe("false");
    expect(element(answer.text, "KeyCount")).toBe("0");
    expect(elements(answer.text, "Contents")).toEqual([]);
  });

  test("takes max-keys over 1,000 for 1,000", async () => {
    const page = await s3.listObjectsV2({ Bucket, MaxKeys: 5000 });
    expect(page.MaxKeys).toBe(1000);
    expect(page.KeyCount).toBe(keys.length);
  });

  test.for(["-1", "x", "1.5", "99999999999"])("rejects max-keys=%s with InvalidArgument", async (value) => {
    const answer = await list([
      ["list-type", "2"],
      ["max-keys", value],
    ]);
    expect(verdict(answer)).toBe("400 InvalidArgument");
  });

  test.for(["", "made up", "AAAA"])("rejects the token %j with InvalidArgument", async (token) => {
    const answer = await list([
      ["list-type", "2"],
      ["continuation-token", token],
    ]);
    expect(verdict(answer)).toBe("400 InvalidArgument");
  });

  test("tells the owner only when asked", async () => {
    const without = await s3.listObjectsV2({ Bucket, MaxKeys: 1 });
    expect(without.Contents?.[0]?.Owner).toBeUndefined();
    const withOwner = await s3.listObjectsV2({ Bucket, MaxKeys: 1, FetchOwner: true });
    expect(withOwner.Contents?.[0]?.Owner?.ID).toMatch(/./);
  });

  test("encodes keys, prefixes and delimiter when encoding-type is url", async () => {
    const page = await s3.listObjectsV2({ Bucket, EncodingType: "url" });
    expect(page.EncodingType).toBe("url");
    const listed = given(page.Contents, "Contents").map(({ Key = "" }) => Key);
    expect(listed.map(decodeListed)).toEqual(keys);
    expect(listed).toContain("a/1");
    expect(listed).toContain("c%2Bplus");
    expect(listed).toContain("e%252F");
    expect(listed.every((key) => /^[!-~]+$/.test(key))).toBe(true);
    const rolled = await s3.listObjectsV2({ Bucket, EncodingType: "url", Delimiter: "🎉" });
    expect(rolled.CommonPrefixes).toEqual([{ Prefix: "%F0%9F%8E%89" }]);
    expect(rolled.Delimiter).toBe("%F0%9F%8E%89");
  });

  test("rejects another encoding-type with InvalidArgument", async () => {
    const query = [
      ["list-type", "2"],
      ["encoding-type", "base64"],
    ] as const;
    expect(verdict(await list(query))).toBe("400 InvalidArgument");
  });

  test("answers NoSuchBucket for a bucket that does not exist", async () => {
    await refusal(s3.listObjectsV2({ Bucket: bucketName() }), "NoSuchBucket", 404);
  });

  test("answers in S3's namespace", async () => {
    const answer = await list([["list-type", "2"]]);
    expect(answer.text).toMatch(/^<\?xml version="1\.0" encoding="UTF-8"\?>/);
    expect(answer.text).toContain('<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">');
  });
});

describe("ListObjects", () => {
  test("pages with marker; the last key is the next marker", async () => {
    const found: string[] = [];
    let Marker = "";
    for (;;) {
      const page = await s3.listObjects({ Bucket, MaxKeys: 4, Marker });
      expect(page.Marker ?? "").toBe(Marker);
      found.push(...(page.Contents ?? []).map(({ Key = "" }) => Key));
      if (page.IsTruncated !== true) break;
      expect(page.NextMarker).toBeUndefined();
      Marker = found.at(-1) ?? "";
    }
    expect(found).toEqual(keys);
  });

  test("gives NextMarker when there is a delimiter, also when it is a common prefix", async () => {
    const first = await s3.listObjects({ Bucket, Delimiter: "/", MaxKeys: 3 });
    expect(first.Contents?.map(({ Key }) => Key)).toEqual(["a", "a b"]);
    expect(first.CommonPrefixes).toEqual([{ Prefix: "a/" }]);
    expect(first.NextMarker).toBe("a/");
    const second = await s3.listObjects({ Bucket, Delimiter: "/", MaxKeys: 3, Marker: "a/" });
    expect(second.Contents?.map(({ Key }) => Key)).toEqual(["a0", "c+plus"]);
    expect(second.CommonPrefixes).toEqual([{ Prefix: "b/" }]);
  });

  test("tells the owner of each object", async () => {
    const page = await s3.listObjects({ Bucket, MaxKeys: 1 });
    expect(page.Contents?.[0]?.Owner?.ID).toMatch(/./);
  });

  test("has no KeyCount and no tokens", async () => {
    const answer = await list([["max-keys", "2"]]);
    expect(element(answer.text, "IsTruncated")).toBe("true");
    expect(answer.text).not.toContain("<KeyCount>");
    expect(answer.text).not.toContain("ContinuationToken");
  });

  test("encodes keys and markers when encoding-type is url", async () => {
    const page = await s3.listObjects({ Bucket, EncodingType: "url", Marker: "d&<amp>", MaxKeys: 1 });
    expect(page.Contents?.map(({ Key = "" }) => decodeListed(Key))).toEqual(["e%2F"]);
    expect(decodeListed(page.Marker ?? "")).toBe("d&<amp>");
  });
});

describe("ListObjectsV2: more than a page", () => {
  test("gives 1,000 keys and then the rest", async () => {
    const many = await freshBucket("many");
    const names = Array.from({ length: 1003 }, (_, index) => `k/${String(index).padStart(4, "0")}`);
    const queue = names.toReversed();
    const worker = async () => {
      for (let Key = queue.pop(); Key !== undefined; Key = queue.pop()) {
        await call({ method: "PUT", path: `/${many}/${Key}`, body: "" });
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    const first = await s3.listObjectsV2({ Bucket: many });
    expect(first).toMatchObject({ KeyCount: 1000, MaxKeys: 1000, IsTruncated: true });
    const ContinuationToken = given(first.NextContinuationToken, "NextContinuationToken");
    const rest = await s3.listObjectsV2({ Bucket: many, ContinuationToken });
    expect(rest).toMatchObject({ KeyCount: 3, IsTruncated: false });
    const all = [...(first.Contents ?? []), ...(rest.Contents ?? [])].map(({ Key }) => Key);
    expect(all).toEqual(names);
    const rolled = await s3.listObjectsV2({ Bucket: many, Delimiter: "/" });
    expect(rolled).toMatchObject({ KeyCount: 1, IsTruncated: false, CommonPrefixes: [{ Prefix: "k/" }] });
  });
});
