import { describe, expect, test } from "vitest";
import { expectS3Error, outcomeOf } from "../testing/expect-s3-error.ts";
import { seeded } from "../testing/seeded.ts";
import { hasValidRelativeSegments } from "./object-key.ts";
import { resolveTarget } from "./target.ts";

const domain = "s3.example.com";
const path = (rawPath: string) => resolveTarget({ host: "127.0.0.1:9000", rawPath });

describe("resolveTarget in path style", () => {
  test.for([
    ["/", {}],
    ["/b", { bucket: "b" }],
    ["/b/", { bucket: "b" }],
    ["/my.bucket/k", { bucket: "my.bucket", key: "k" }],
    ["/b/a/b/c", { bucket: "b", key: "a/b/c" }],
    ["/b//", { bucket: "b", key: "/" }],
    ["/b//a//b", { bucket: "b", key: "/a//b" }],
    ["/b/a+b", { bucket: "b", key: "a+b" }],
    ["/b/a%2Bb%20c", { bucket: "b", key: "a+b c" }],
    ["/b/%F0%9F%98%80", { bucket: "b", key: "😀" }],
    ["/b/\u00c3\u00a4", { bucket: "b", key: "ä" }],
    ["/b/%EF%BB%BFbom", { bucket: "b", key: "\ufeffbom" }],
    ["/b/%00%01%7F", { bucket: "b", key: "\u0000\u0001\u007f" }],
    ["/b/%2525", { bucket: "b", key: "%25" }],
    ["/b/*>%3E?", { bucket: "b", key: "*>>?" }],
    ["/%62ucket/k", { bucket: "bucket", key: "k" }],
    ["/MyOldBucket_1/k", { bucket: "MyOldBucket_1", key: "k" }],
  ] as const)("resolves %s", ([rawPath, target]) => {
    expect(path(rawPath)).toEqual(target);
  });

  test.for([
    "/b/%",
    "/b/%4",
    "/b/%zz",
    "/b/%+1",
    "/b/%ff",
    "/b/%c3",
    "/b/%c0%af",
    "/b/%ed%a0%80",
    "/b/\u00ff",
    "/b/\u0100",
    "*",
    "",
    "http://h/b",
  ])("refuses %j with InvalidURI", (rawPath) => {
    expectS3Error("InvalidURI", () => path(rawPath));
  });

  test.for(["//k", "/a%2Fb/k", "/a%20b/k", "/a*b", "/%00/k", `/${"a".repeat(256)}`])(
    "refuses the bucket of %s with InvalidBucketName",
    (rawPath) => {
      expectS3Error("InvalidBucketName", () => path(rawPath));
    },
  );

  test("takes keys of 1,024 bytes and no more, counted in UTF-8", () => {
    expect(path(`/b/${"%C3%A4".repeat(512)}`).key).toHaveLength(512);
    const error = expectS3Error("KeyTooLongError", () => path(`/b/a${"%C3%A4".repeat(512)}`));
    expect(error.fields).toEqual({ Size: "1025", MaxSizeAllowed: "1024" });
  });

  test("decodes every key that was percent-encoded, whichever bytes were", () => {
    const random = seeded(1);
    for (let round = 0; round < 2000; round += 1) {
      const key = `k${random.text(40)}`;
      if (!hasValidRelativeSegments(key)) continue;
      const raw = Array.from(Buffer.from(key), (byte) => {
        const character = String.fromCharCode(byte);
        const mustEncode = character === "%" || (byte < 0x80 && random.int(2) === 0) || byte >= 0x80;
        return mustEncode ? `%${byte.toString(16).padStart(2, "0")}` : character;
      }).join("");
      expect(path(`/bucket/${raw}`)).toEqual({ bucket: "bucket", key });
    }
  });
});

describe("resolveTarget in virtual-host style", () => {
  test.for([
    ["b.s3.example.com", "/", { bucket: "b" }],
    ["b.s3.example.com", "/k/l", { bucket: "b", key: "k/l" }],
    ["my.dotted.bucket.s3.example.com:9000", "/k", { bucket: "my.dotted.bucket", key: "k" }],
    ["B.S3.Example.COM", "/k", { bucket: "b", key: "k" }],
    ["b.s3.example.com.", "//k", { bucket: "b", key: "/k" }],
    ["s3.example.com", "/", {}],
    ["s3.example.com:443", "/b/k", { bucket: "b", key: "k" }],
    ["notas3.example.com", "/b/k", { bucket: "b", key: "k" }],
    ["127.0.0.1:9000", "/b/k", { bucket: "b", key: "k" }],
    ["[::1]:9000", "/b/k", { bucket: "b", key: "k" }],
    [undefined, "/b/k", { bucket: "b", key: "k" }],
  ] as const)("resolves %s %s", ([host, rawPath, target]) => {
    expect(resolveTarget({ host, rawPath, domain })).toEqual(target);
  });

  test("takes the longest of several domains", () => {
    const domains = ["example.com", "eu.example.com"];
    expect(resolveTarget({ host: "b.eu.example.com", rawPath: "/k", domain: domains })).toEqual({
      bucket: "b",
      key: "k",
    });
    expect(resolveTarget({ host: "b.example.com", rawPath: "/k", domain: domains })).toEqual({ bucket: "b", key: "k" });
  });

  test("refuses a host that could name no bucket", () => {
    expectS3Error("InvalidBucketName", () => resolveTarget({ host: "a*b.s3.example.com", rawPath: "/", domain }));
  });
});

describe("S3's rule for relative segments", () => {
  test.for([
    ["videos/2014/../../video1.wmv", true],
    ["videos/../../video1.wmv", false],
    ["videos/../../2014/video1.wmv", false],
    ["../a", false],
    ["..", false],
    ["a/..", true],
    ["a/../..", false],
    ["./a", true],
    [".", true],
    ["./../a", false],
    ["a//../../b", false],
    ["..hidden/...", true],
    ["a/..b/../../../c", false],
  ] as const)("judges %s: %s", ([key, valid]) => {
    expect(hasValidRelativeSegments(key)).toBe(valid);
    const target = outcomeOf(() => path(`/b/${key}`));
    expect(target).toEqual(valid ? { bucket: "b", key } : "InvalidURI");
  });

  test("sees through percent-encoding", () => {
    expectS3Error("InvalidURI", () => path("/b/%2e%2E/a"));
    expectS3Error("InvalidURI", () => path("/b/..%2fa"));
  });
});
