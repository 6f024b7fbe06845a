import { beforeAll, describe, expect, test } from "vitest";
import { freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { s3, statusOf } from "./support/clients.ts";
import { call, verdict } from "./support/http.ts";

removeBucketsAtTheEnd();
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("metadata");
});

async function put(key: string, headers: Record<string, string>) {
  return await call({ method: "PUT", path: `/${Bucket}/${key}`, headers, body: "x" });
}

/** The headers of GET and HEAD, which must agree. */
async function headersOf(key: string): Promise<Record<string, string>> {
  const got = await call({ method: "GET", path: `/${Bucket}/${key}` });
  const head = await call({ method: "HEAD", path: `/${Bucket}/${key}` });
  const own = (headers: Record<string, string>) => {
    const changing = new Set(["date", "x-amz-request-id", "x-amz-id-2", "connection", "keep-alive"]);
    return Object.fromEntries(Object.entries(headers).filter(([name]) => !changing.has(name)));
  };
  expect(own(head.headers)).toEqual(own(got.headers));
  return got.headers;
}

describe("PutObject: content headers", () => {
  test("come back from GET and HEAD alike", async () => {
    const given = {
      "content-type": "text/x-test; charset=utf-8",
      "content-encoding": "gzip",
      "content-language": "de-CH, fr",
      "content-disposition": "attachment; filename=\"a b.txt\"; filename*=UTF-8''%e2%82%ac",
      "cache-control": "public, max-age=31536000, immutable",
      expires: "Thu, 01 Dec 2044 16:00:00 GMT",
    };
    await put("headers", given);
    expect(await headersOf("headers")).toMatchObject(given);
  });

  test("an Expires that is no date comes back as it was given", async () => {
    await put("expires", { expires: "never" });
    expect((await headersOf("expires"))["expires"]).toBe("never");
  });

  test("without a Content-Type the object is binary/octet-stream", async () => {
    await put("untyped", {});
    expect((await headersOf("untyped"))["content-type"]).toBe("binary/octet-stream");
  });

  test("headers that were not given do not come back", async () => {
    await put("bare", {});
    const headers = await headersOf("bare");
    for (const name of ["content-encoding", "content-language", "content-disposition", "cache-control", "expires"]) {
      expect(headers[name], name).toBeUndefined();
    }
  });

  test("aws-chunked is a way of sending, not an encoding of the object", async () => {
    await s3.putObject({ Bucket, Key: "encoded", Body: "x", ContentEncoding: "gzip" });
    expect((await headersOf("encoded"))["content-encoding"]).toBe("gzip");
    await put("chunked-by-name", { "content-encoding": "aws-chunked" });
    expect((await headersOf("chunked-by-name"))["content-encoding"]).toBeUndefined();
  });
});

describe("PutObject: user metadata", () => {
  test("comes back from GET and HEAD alike, names in lower case", async () => {
    await put("meta", { "x-amz-meta-Mixed-Case": "Value", "x-amz-meta-empty": "", "x-amz-meta-with_under.dots": "1" });
    const headers = await headersOf("meta");
    expect(headers).toMatchObject({
      "x-amz-meta-mixed-case": "Value",
      "x-amz-meta-empty": "",
      "x-amz-meta-with_under.dots": "1",
    });
  });

  test("may be named like properties of JavaScript's objects", async () => {
    const given = { "x-amz-meta-constructor": "1", "x-amz-meta-tostring": "2", "x-amz-meta-hasownproperty": "3" };
    await put("prototype", given);
    expect(await headersOf("prototype")).toMatchObject(given);
  });

  test("named __proto__ is kept or refused, not lost", async () => {
    const answer = await put("proto", { "x-amz-meta-__proto__": "1" });
    if (answer.status === 200) expect((await headersOf("proto"))["x-amz-meta-__proto__"]).toBe("1");
    else expect([400, 501]).toContain(answer.status);
  });

  test("holds 2,048 bytes of names and values", async () => {
    expect((await put("full", { "x-amz-meta-k": "v".repeat(2047) })).status).toBe(200);
    expect((await headersOf("full"))["x-amz-meta-k"]).toHaveLength(2047);
  });

  test.for([
    ["in one value", { "x-amz-meta-k": "v".repeat(2048) }],
    ["in many", Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`x-amz-meta-k${n}`, "v".repeat(100)]))],
  ] as const)("rejects more than that, %s, with MetadataTooLarge and stores nothing", async ([, headers]) => {
    expect(verdict(await put("too-large", headers))).toBe("400 MetadataTooLarge");
    expect(await statusOf(s3.headObject({ Bucket, Key: "too-large" }))).toBe(404);
  });

  test("keeps non-ASCII text, as UTF-8 or as RFC 2047 has it", async () => {
    const text = "Grüße aus 東京 🎉";
    await put("unicode", { "x-amz-meta-text": Buffer.from(text).toString("latin1") });
    const value = (await headersOf("unicode"))["x-amz-meta-text"] ?? "";
    expect(decodeHeader(value)).toBe(text);
  });

  test("understands RFC 2047 when a client sends it", async () => {
    const encoded = `=?UTF-8?B?${Buffer.from("Grüße").toString("base64")}?=`;
    await put("rfc2047", { "x-amz-meta-text": encoded });
    expect(decodeHeader((await headersOf("rfc2047"))["x-amz-meta-text"] ?? "")).toBe("Grüße");
  });
});

/** Raw UTF-8, or encoded words (base64 and quoted-printable). */
function decodeHeader(value: string): string {
  if (!value.includes("=?")) return Buffer.from(value, "latin1").toString("utf8");
  const chunks = [...value.matchAll(/=\?utf-8\?([bq])\?([^?]*)\?=/gi)].map(([, kind = "", text = ""]) =>
    kind.toLowerCase() === "b" ? Buffer.from(text, "base64") : quotedPrintable(text),
  );
  return Buffer.concat(chunks).toString("utf8");
}

function quotedPrintable(text: string): Buffer {
  const decoded = text
    .replaceAll("_", " ")
    .replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(decoded, "latin1");
}

describe("PutObject: storage class", () => {
  test("is kept, shown by HEAD and listings, and left out of the headers when STANDARD", async () => {
    await put("class/ia", { "x-amz-storage-class": "STANDARD_IA" });
    await put("class/standard", { "x-amz-storage-class": "STANDARD" });
    expect((await headersOf("class/ia"))["x-amz-storage-class"]).toBe("STANDARD_IA");
    expect((await headersOf("class/standard"))["x-amz-storage-class"]).toBeUndefined();
    const listed = await s3.listObjectsV2({ Bucket, Prefix: "class/" });
    expect(listed.Contents?.map(({ StorageClass }) => StorageClass)).toEqual(["STANDARD_IA", "STANDARD"]);
  });

  test("that S3 does not know is rejected with InvalidStorageClass", async () => {
    const answer = await put("class/unknown", { "x-amz-storage-class": "GOLD" });
    expect(verdict(answer)).toBe("400 InvalidStorageClass");
  });
});
