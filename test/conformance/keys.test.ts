/** Keys are any UTF-8 up to 1,024 bytes. None of these may be mistaken for a path, a subject or markup. */
import { beforeAll, describe, expect, test } from "vitest";
import { decodeListed, freshBucket, removeBucketsAtTheEnd } from "./support/buckets.ts";
import { s3, statusOf } from "./support/clients.ts";
import { call, element, elements, send, verdict } from "./support/http.ts";
import { encodeKey, percentEncode, signHeaders } from "./support/signer.ts";

removeBucketsAtTheEnd();
let Bucket = "";
beforeAll(async () => {
  Bucket = await freshBucket("keys");
});

const zoo = [
  ["a blank", "a b"],
  ["only a blank", " "],
  ["blanks at the ends", " a "],
  ["a slash at the start", "/a"],
  ["only a slash", "/"],
  ["two slashes", "a//b"],
  ["a slash at the end", "folder/"],
  ["many slashes", "///a///"],
  ["a dot", "."],
  ["a dot segment", "a/./b"],
  ["dots that climb no higher than they may", "a/b/../../c"],
  ["three dots", ".../x"],
  ["a hidden file", ".hidden"],
  ["a NATS wildcard *", "a.*.b"],
  ["a NATS wildcard >", "a.>"],
  ["only >", ">"],
  ["only *", "*"],
  ["a NATS system subject", "$JS.API.STREAM.DELETE"],
  ["a plus", "a+b"],
  ["a percent sign", "100%"],
  ["what looks like an escape", "a%2Fb"],
  ["a question mark and an ampersand", "a?versions&acl=x"],
  ["a hash", "a#b"],
  ["a colon and an at sign", "http://user@host:80/"],
  ["a backslash", "a\\..\\b"],
  ["quotes and brackets", `"a' <b> &amp; ]]>`],
  ["braces, pipe, caret, backtick, tilde", "{a}|^`~"],
  ["sub-delims", "!$&'()*,;="],
  ["an emoji", "🎉/🧨.txt"],
  ["combining characters", "e\u0301"],
  ["the same, composed", "\u00e9"],
  ["right-to-left text", "ملف.txt"],
  ["the last code point", "\u{10FFFF}"],
  ["a byte order mark", "\uFEFFa"],
  ["no-break and zero-width spaces", "a\u00a0\u200bb"],
  ["JavaScript's own names", "__proto__"],
  ["a name of Windows", "CON"],
  ["1,024 bytes of ASCII", "k".repeat(1024)],
  ["1,024 bytes of emoji", "🎉".repeat(256)],
  ["names like sub-resources", "versions"],
] as const;

describe("an ordinary key", () => {
  test.for(zoo)("%s: %j", async ([, key]) => {
    const path = `/${Bucket}/${encodeKey(key)}`;
    expect(verdict(await call({ method: "PUT", path, body: key }))).toBe("200");
    expect((await call({ method: "GET", path })).text).toBe(key);
    expect((await call({ method: "HEAD", path })).status).toBe(200);
    const listed = await call({ method: "GET", path: `/${Bucket}`, query: [["prefix", key]] });
    expect(elements(listed.text, "Key")).toContain(key);
    const copy = `/${Bucket}/copy`;
    const headers = { "x-amz-copy-source": `${Bucket}/${percentEncode(key)}` };
    expect(verdict(await call({ method: "PUT", path: copy, headers }))).toBe("200");
    expect((await call({ method: "GET", path: copy })).text).toBe(key);
  });

  test("all of them are different objects, and each can be deleted", async () => {
    await s3.deleteObject({ Bucket, Key: "copy" });
    const page = await s3.listObjectsV2({ Bucket, EncodingType: "url" });
    const found = (page.Contents ?? []).map(({ Key = "" }) => decodeListed(Key));
    expect(found.toSorted()).toEqual(zoo.map(([, key]): string => key).toSorted());
    for (const [, key] of zoo) {
      expect((await call({ method: "DELETE", path: `/${Bucket}/${encodeKey(key)}` })).status).toBe(204);
    }
    expect((await s3.listObjectsV2({ Bucket })).KeyCount).toBe(0);
  });
});

describe("a key that XML cannot carry", () => {
  test.for([
    ["NUL", "a\u0000b"],
    ["control characters", "\u0001\u001f\u007f"],
    ["a line feed and a tab", "a\nb\tc"],
    ["a carriage return", "a\rb"],
    ["U+FFFE", "a\uFFFEb"],
  ] as const)("%s: is stored, read, and listed with encoding-type=url", async ([, key]) => {
    const path = `/${Bucket}/xml/${encodeKey(key)}`;
    expect(verdict(await call({ method: "PUT", path, body: "x" }))).toBe("200");
    expect((await call({ method: "GET", path })).text).toBe("x");
    const query = [
      ["list-type", "2"],
      ["prefix", `xml/${key}`],
      ["encoding-type", "url"],
    ] as const;
    const listed = await call({ method: "GET", path: `/${Bucket}`, query });
    expect(decodeListed(element(listed.text, "Key") ?? "")).toBe(`xml/${key}`);
    expect((await call({ method: "DELETE", path })).status).toBe(204);
  });
});

describe("a key that S3 refuses", () => {
  test.for([
    ["1,025 bytes", "k".repeat(1025)],
    ["1,028 bytes of emoji", "🎉".repeat(257)],
  ] as const)("%s: KeyTooLongError", async ([, key]) => {
    const answer = await call({ method: "PUT", path: `/${Bucket}/${encodeKey(key)}`, body: "x" });
    expect(verdict(answer)).toBe("400 KeyTooLongError");
  });

  test.for([
    ["a lone continuation byte", "%80"],
    ["a cut sequence", "a%C3"],
    ["an overlong slash", "%C0%AF"],
    ["a surrogate", "%ED%A0%80"],
    ["beyond Unicode", "%F4%90%80%80"],
  ] as const)("invalid UTF-8, %s: 400", async ([, path]) => {
    for (const method of ["PUT", "GET"]) {
      expect((await call({ method, path: `/${Bucket}/${path}` })).status).toBe(400);
    }
  });

  test.for(["..", "../a", "a/../../b", "a/b/../../../c"])("climbs out of the bucket: %s: 400", async (key) => {
    const answer = await call({ method: "PUT", path: `/${Bucket}/${encodeKey(key)}`, body: "x" });
    expect(answer.status).toBe(400);
  });

  test("a broken escape: 400", async () => {
    for (const path of [`/${Bucket}/a%`, `/${Bucket}/a%2`, `/${Bucket}/a%GG`]) {
      const { headers } = signHeaders({ method: "GET", path });
      expect((await send({ method: "GET", path, headers })).status).toBe(400);
    }
  });

  test("leaves nothing behind", async () => {
    expect((await s3.listObjectsV2({ Bucket })).KeyCount).toBe(0);
    expect(await statusOf(s3.headBucket({ Bucket }))).toBe(200);
  });
});
