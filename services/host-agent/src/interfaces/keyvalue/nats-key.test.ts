import { describe, expect, test } from "vitest";
import { decodeKey, encodeKey } from "./nats-key.ts";

describe("keys of NATS KV", () => {
  test.for(["a", "users/1", "a.b.c", "A_b-c=d", "="])("%s stays as it is", (key) => {
    expect(encodeKey(key)).toBe(key);
    expect(decodeKey(key)).toBe(key);
  });

  test.for(["two words", "*", ">", "a.>", ".a", "a.", "a..b", "ü", "=b64.", "=b64.YQ", "\0", "a\r\nb"])(
    "%j is encoded and found again",
    (key) => {
      expect(encodeKey(key)).toMatch(/^=b64\.[\w-]+$/);
      expect(decodeKey(encodeKey(key))).toBe(key);
    },
  );
});
