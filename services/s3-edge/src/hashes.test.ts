import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { Hashes, ObjectHashes } from "./hashes.ts";

const body = Buffer.from("the quick brown fox?>");
const hex = (algorithm: string) => createHash(algorithm).update(body).digest("hex");
const base64 = (algorithm: string) => createHash(algorithm).update(body).digest("base64");
const urlSafe = base64("sha256").replaceAll("+", "-").replaceAll("/", "_");

const digestsOf = <T>(hashes: { update(bytes: Uint8Array): void; digest(): T }): T => {
  for (const byte of body) hashes.update(Uint8Array.of(byte));
  return hashes.digest();
};

describe("the hashes of an object", () => {
  test.for([
    [undefined, undefined],
    ["CRC32", "B33qQQ=="],
    ["SHA1", base64("sha1")],
    ["SHA256", base64("sha256")],
  ] as const)("are MD5, SHA-256 and its checksum: %s", ([algorithm, value]) => {
    for (const known of [undefined, hex("sha256")]) {
      expect(digestsOf(new ObjectHashes(algorithm, known))).toMatchObject({
        etag: hex("md5"),
        sha256: urlSafe,
        checksum: algorithm && { algorithm, value },
      });
    }
  });

  test("take a SHA-256 that somebody else verifies as it is, also for the checksum", () => {
    const known = "ab".repeat(32);
    const value = Buffer.from(known, "hex").toString("base64");
    expect(digestsOf(new ObjectHashes("SHA256", known))).toMatchObject({ checksum: { value } });
    expect(digestsOf(new Hashes("SHA256", known))).toMatchObject({ checksum: { value } });
  });
});

describe("the hashes of a part", () => {
  test("are MD5 and its checksum: an object of parts has no SHA-256", () => {
    expect(digestsOf(new Hashes(undefined))).toEqual({
      md5: Buffer.from(hex("md5"), "hex"),
      etag: hex("md5"),
      checksum: undefined,
    });
    expect(digestsOf(new Hashes("SHA256"))).toMatchObject({ checksum: { value: base64("sha256") } });
  });
});
