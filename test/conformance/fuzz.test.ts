/** Random requests, signed as they should be: whatever they ask, the answer is S3's and never an internal error. */
import { beforeAll, describe, expect, test } from "vitest";
import { freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { s3 } from "./support/clients.ts";
import { call, element } from "./support/http.ts";
import { pick, seededRandom } from "./support/random.ts";
import { encodeKey, type Query } from "./support/signer.ts";

removeBucketsAtTheEnd();
const seed = Number(process.env["HOLDFAST_CONFORMANCE_SEED"] ?? 20_261_121);
const random = seededRandom(seed);
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("fuzz");
  await s3.putObject({ Bucket, Key: "object", Body: "0123456789" });
});

const values = [
  "",
  "0",
  "1",
  "-1",
  "1000",
  "99999999999999999999",
  "x",
  "é🎉",
  "\u0000",
  "a/b",
  "%",
  "+",
  "true",
  "null",
];
const names = [
  "acl", "attributes", "cors", "delete", "location", "policy", "tagging", "uploads", "versioning", "versions", "uploadId",
  "partNumber", "versionId", "list-type", "prefix", "delimiter", "marker", "start-after", "continuation-token",
  "max-keys", "encoding-type", "fetch-owner", "key-marker", "upload-id-marker", "max-uploads", "max-parts",
  "part-number-marker", "version-id-marker", "response-content-type", "response-expires", "x-id", "unknown", "select",
  "max-buckets", "bucket-region", "x-amz-acl", "x-amz-meta-a", "id",
]; // oxfmt-ignore
const headerValues: Readonly<Record<string, readonly string[]>> = {
  range: ["bytes=0-1", "bytes=-1", "bytes=9-100", "bytes=99-", "bytes=", "x"],
  "if-match": ["*", '"x"', "", '"', "W/"],
  "if-none-match": ["*", '"x"', "", ",,,"],
  "if-modified-since": ["x", "Wed, 01 Jan 2020 00:00:00 GMT", "0"],
  "if-range": ["x", '"x"', ""],
  "content-md5": ["", "x", "1B2M2Y8AsgTpgAmY7PhCfg=="],
  "content-type": ["", "text/plain", "é"],
  "content-encoding": ["aws-chunked", ",", "gzip,aws-chunked,br"],
  expires: ["x", ""],
  "x-amz-copy-source": ["", "/", "x", "//", "%", "a/b?versionId=", "nowhere-bucket/k"],
  "x-amz-copy-source-range": ["bytes=0-1", "x", ""],
  "x-amz-tagging": ["a=b", "=", "&&", "%", "a"],
  "x-amz-checksum-crc32": ["", "AAAAAA==", "x"],
  "x-amz-checksum-mode": ["ENABLED", "x", ""],
  "x-amz-checksum-algorithm": ["CRC32", "x", ""],
  "x-amz-checksum-type": ["COMPOSITE", "x"],
  "x-amz-sdk-checksum-algorithm": ["CRC32", "x", ""],
  "x-amz-decoded-content-length": ["0", "5", "x", "-1"],
  "x-amz-trailer": ["x-amz-checksum-crc32", "x", ""],
  "x-amz-storage-class": ["STANDARD", "x", ""],
  "x-amz-metadata-directive": ["COPY", "REPLACE", "x"],
  "x-amz-object-attributes": ["ETag", "x", "", ",,"],
  "x-amz-max-parts": ["0", "x", "-1"],
  "x-amz-mp-object-size": ["0", "x", "-1"],
  "x-amz-expected-bucket-owner": ["x", ""],
  "x-amz-meta-": ["x"],
  "x-amz-meta-é": ["x"],
};
const bodies = [
  "",
  "x",
  "<",
  "<a/>",
  "<Delete/>",
  "<Tagging><TagSet/></Tagging>",
  "<CompleteMultipartUpload/>",
  "\u0000",
];
const paths = [
  () => "/",
  () => `/${Bucket}`,
  () => `/${Bucket}/`,
  () => `/${Bucket}/object`,
  () => `/${Bucket}/${encodeKey(pick(random, ["new", "é", "a/b", "\u0001", "..", " ", "%"]))}`,
  () => "/hfc-no-such-bucket/k",
  () => "/UPPER/k",
];

function some<T>(most: number, make: () => T): T[] {
  return Array.from({ length: Math.floor(random() * (most + 1)) }, make);
}

function randomRequest() {
  const query: Query = some(3, () => [pick(random, names), pick(random, values)] as const);
  const headers = Object.fromEntries(
    some(3, () => {
      const name = pick(random, Object.keys(headerValues));
      return [name, pick(random, headerValues[name] ?? [""])] as const;
    }).filter(([name, value]) => isSendable(name, value)),
  );
  // the bucket itself stays: everything else may happen to it
  const method = pick(random, ["GET", "GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"]);
  const path = pick(random, paths)();
  return { method, path, query, headers, body: method === "GET" || method === "HEAD" ? "" : pick(random, bodies) };
}

/** What Node's HTTP client sends at all, as bytes. */
function isSendable(name: string, value: string): boolean {
  return /^[!-9;-~]+$/.test(name) && /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}

describe(`random requests of seed ${seed}`, () => {
  test.for(Array.from({ length: 12 }, (_, index) => index))("batch %i: no internal error", async () => {
    for (let count = 0; count < 50; count += 1) {
      const request = randomRequest();
      const isBucket = request.path.replace(/\/$/, "") === `/${Bucket}`;
      if (isBucket && request.method === "DELETE") continue;
      const answer = await call(request);
      const what = JSON.stringify({ ...request, answer: answer.status, text: answer.text.slice(0, 300) });
      expect(answer.status, what).toSatisfy((status: number) => status < 500 || status === 501);
      expect(answer.headers["x-amz-request-id"], what).toMatch(/./);
      const hasError = answer.status >= 400 && request.method !== "HEAD";
      if (hasError) expect(element(answer.text, "Code"), what).toMatch(/^[A-Za-z0-9]+$/);
    }
    expect((await s3.headBucket({ Bucket })).$metadata.httpStatusCode).toBe(200);
  });
});
