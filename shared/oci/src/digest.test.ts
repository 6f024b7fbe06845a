import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { digestOf, matchesDigest, verified } from "./digest.ts";

const bytes = Buffer.from("hello");
const sha512 = `sha512:${createHash("sha512").update(bytes).digest("hex")}`;

async function* pieces(...all: string[]) {
  for (const each of all) yield Buffer.from(each);
}
const read = async (source: AsyncIterable<Uint8Array>) => {
  const all: Uint8Array[] = [];
  for await (const each of source) all.push(each);
  return Buffer.concat(all).toString();
};

describe("digests", () => {
  test.for([digestOf(bytes), sha512])("%s is hello's", (digest) => {
    expect(matchesDigest(bytes, digest)).toBe(true);
    expect(matchesDigest(Buffer.from("hallo"), digest)).toBe(false);
  });

  test.for([[["hello"]], [["h", "", "ello"]], [["he", "l", "lo"]]] as const)(
    "verified lets the right bytes through as %j",
    async ([split]) => {
      expect(await read(verified(pieces(...split), { digest: digestOf(bytes), size: 5 }))).toBe("hello");
      expect(await read(verified(pieces(...split), { digest: sha512, size: 5 }))).toBe("hello");
    },
  );

  test.for([
    ["other bytes", ["hallo"], /not those/],
    ["fewer bytes", ["hell"], /ended after 4 of 5/],
    ["more bytes", ["hello", "!"], /more than its 5/],
  ] as const)("verified refuses %s", async ([, split, message]) => {
    const source = verified(pieces(...split), { digest: digestOf(bytes), size: 5 });
    await expect(read(source)).rejects.toThrow(
      expect.objectContaining({ code: "DigestMismatch", message: expect.stringMatching(message) }),
    );
  });
});
