import { describe, expect, test } from "vitest";
import { createSecretCipher } from "./secret-cipher.ts";

const key = { accessKeyId: "key", user: "ada", admin: false, status: "Inactive" };
const cipher = createSecretCipher(new Uint8Array(32).fill(1));

describe("a secret cipher", () => {
  test("reads back what it encrypted, and never encrypts twice the same", () => {
    const secrets = [cipher.encrypt("s3cr€t", key), cipher.encrypt("s3cr€t", key)];
    expect(secrets.map((secret) => cipher.decrypt(secret, key))).toEqual(["s3cr€t", "s3cr€t"]);
    expect(new Set(secrets.map(({ data, iv }) => data + iv)).size).toBe(2);
  });

  test.for([{ accessKeyId: "other" }, { user: "eve" }, { admin: true }, { status: "Active" }])(
    "does not decrypt in an entry that was changed to %o",
    (change) => {
      expect(() => cipher.decrypt(cipher.encrypt("secret", key), { ...key, ...change })).toThrow(/authenticate/);
    },
  );

  test.for(["iv", "tag", "data"] as const)("does not decrypt with a changed %s", (field) => {
    const secret = cipher.encrypt("secret", key);
    const bytes = Buffer.from(secret[field], "base64");
    bytes[0] = (bytes[0] ?? 0) ^ 1;
    expect(() => cipher.decrypt({ ...secret, [field]: bytes.toString("base64") }, key)).toThrow(/authenticate/);
  });

  test("takes no shortened authentication tag", () => {
    const secret = cipher.encrypt("secret", key);
    const tag = Buffer.from(secret.tag, "base64").subarray(0, 4).toString("base64");
    expect(() => cipher.decrypt({ ...secret, tag }, key)).toThrow(/authentication tag/);
  });

  test("names another master key in its error, and has a name that depends on all of the key", () => {
    const other = createSecretCipher(new Uint8Array(32).fill(2));
    expect(other.keyId).not.toBe(cipher.keyId);
    expect(() => other.decrypt(cipher.encrypt("secret", key), key)).toThrow(cipher.keyId);
  });
});
