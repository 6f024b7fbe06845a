import { beforeAll, describe, expect, test } from "vitest";
import { freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { given, s3 } from "./support/clients.ts";
import { call } from "./support/http.ts";
import { md5Hex } from "./support/random.ts";

removeBucketsAtTheEnd();
let Bucket = "";
let lastModified = new Date(0);
const etag = md5Hex("body");
const match = `"${etag}"`;
const other = `"${md5Hex("other")}"`;
const past = "Wed, 01 Jan 2020 00:00:00 GMT";

beforeAll(async () => {
  Bucket = await freshBucket("conditions");
  await s3.putObject({ Bucket, Key: "k", Body: "body", CacheControl: "max-age=5" });
  lastModified = given((await s3.headObject({ Bucket, Key: "k" })).LastModified, "LastModified");
});

/** `same`: the object's own date; the others are fixed. */
const cases = [
  ["If-Match with its ETag", { "if-match": match }, 200],
  ["If-Match with its ETag, unquoted", { "if-match": etag }, 200],
  ["If-Match with one of several", { "if-match": `${other}, ${match}` }, 200],
  ["If-Match *", { "if-match": "*" }, 200],
  ["If-Match with another ETag", { "if-match": other }, 412],
  ["If-None-Match with its ETag", { "if-none-match": match }, 304],
  ["If-None-Match with its ETag, weak", { "if-none-match": `W/${match}` }, 304],
  ["If-None-Match with one of several", { "if-none-match": `${other}, ${match}` }, 304],
  ["If-None-Match *", { "if-none-match": "*" }, 304],
  ["If-None-Match with another ETag", { "if-none-match": other }, 200],
  ["If-Modified-Since long ago", { "if-modified-since": past }, 200],
  ["If-Modified-Since its own date", { "if-modified-since": "same" }, 304],
  ["If-Modified-Since with nonsense", { "if-modified-since": "yesterday" }, 200],
  ["If-Unmodified-Since its own date", { "if-unmodified-since": "same" }, 200],
  ["If-Unmodified-Since long ago", { "if-unmodified-since": past }, 412],
  ["If-Match holds, If-Unmodified-Since does not", { "if-match": match, "if-unmodified-since": past }, 200],
  ["If-Match fails, If-Unmodified-Since holds", { "if-match": other, "if-unmodified-since": "same" }, 412],
  ["If-None-Match fails, If-Modified-Since holds", { "if-none-match": match, "if-modified-since": past }, 304],
  ["If-None-Match holds, If-Modified-Since does not", { "if-none-match": other, "if-modified-since": "same" }, 200],
  ["If-Match and If-None-Match both match", { "if-match": match, "if-none-match": match }, 304],
] as const;

describe.for(["GET", "HEAD"])("%s Object", (method) => {
  test.for(cases)("%s: answers %o", async ([, conditions, status]) => {
    const headers = Object.fromEntries(
      Object.entries(conditions).map(([name, value]) => [name, value === "same" ? lastModified.toUTCString() : value]),
    );
    const answer = await call({ method, path: `/${Bucket}/k`, headers });
    expect(answer.status).toBe(status);
    if (status === 200 && method === "GET") expect(answer.text).toBe("body");
    if (status === 304) expect(answer.body).toHaveLength(0);
    if (status === 412 && method === "GET") expect(answer.text).toContain("<Code>PreconditionFailed</Code>");
  });

  test("304 keeps ETag, Last-Modified and Cache-Control", async () => {
    const answer = await call({ method, path: `/${Bucket}/k`, headers: { "if-none-match": match } });
    expect(answer.headers).toMatchObject({
      etag: match,
      "last-modified": lastModified.toUTCString(),
      "cache-control": "max-age=5",
    });
  });

  test("a key that does not exist answers 404 whatever the condition", async () => {
    for (const name of ["if-match", "if-none-match"]) {
      const answer = await call({ method, path: `/${Bucket}/nowhere`, headers: { [name]: match } });
      expect(answer.status).toBe(404);
    }
  });

  test.for([
    ["its ETag", match, 206],
    ["another ETag", other, 200],
    ["its date", "same", 206],
    ["an older date", past, 200],
    ["a weak ETag", `W/${match}`, 200],
  ] as const)("If-Range with %s serves the range or the whole", async ([, value, status]) => {
    const ifRange = value === "same" ? lastModified.toUTCString() : value;
    const answer = await call({ method, path: `/${Bucket}/k`, headers: { range: "bytes=0-1", "if-range": ifRange } });
    expect(answer.status).toBe(status);
  });

  test("a condition that holds leaves the range alone", async () => {
    const answer = await call({ method, path: `/${Bucket}/k`, headers: { "if-match": match, range: "bytes=0-1" } });
    expect(answer.status).toBe(206);
  });
});
