import { describe, expect, test } from "vitest";
import { checksumAlgorithms, checksumHeader, checksumSize, type ChecksumAlgorithm } from "./algorithms.ts";
import { checksumOf, createChecksum, verifyChecksum } from "./checksum.ts";
import { combineFullObject, compositeChecksum } from "./combine.ts";
import { randomBytes } from "../sigv4/testing/random-bytes.ts";
import { seeded } from "../testing/seeded.ts";

const checkString = Buffer.from("123456789");
const hexOf = (algorithm: ChecksumAlgorithm, bytes: Uint8Array) =>
  Buffer.from(checksumOf(algorithm, bytes), "base64").toString("hex");

/** The CRC by its definition, bit by bit. */
function slowCrc(width: 32 | 64, polynomial: bigint, bytes: Uint8Array): string {
  const mask = (1n << BigInt(width)) - 1n;
  let crc = mask;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ polynomial : crc >> 1n;
  }
  return (crc ^ mask).toString(16).padStart(width / 4, "0");
}

describe("createChecksum", () => {
  test.for([
    ["CRC32", "cbf43926"],
    ["CRC32C", "e3069283"],
    ["CRC64NVME", "ae8b14860a799888"],
    ["SHA1", "f7c3bc1d808e04732adf679965ccc34ca7ae3441"],
    ["SHA256", "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"],
  ] as const)("answers the catalogue's check value for %s", ([algorithm, expected]) => {
    expect(hexOf(algorithm, checkString)).toBe(expected);
  });

  test.for([
    ["CRC32C", "00000000"],
    ["CRC64NVME", "0000000000000000"],
    ["CRC32", "00000000"],
  ] as const)("answers zero for no bytes with %s", ([algorithm, expected]) => {
    expect(hexOf(algorithm, new Uint8Array())).toBe(expected);
  });

  test("agrees with the definition of the CRC at every length around a slice and a staging block", () => {
    const random = seeded(1);
    const lengths = [...Array.from({ length: 70 }, (_, length) => length), 16_383, 16_384, 16_385, 32_784, 40_001];
    for (const length of lengths) {
      const bytes = randomBytes(random, length);
      expect(hexOf("CRC32C", bytes), `CRC32C of ${length}`).toBe(slowCrc(32, 0x82f63b78n, bytes));
      expect(hexOf("CRC64NVME", bytes), `CRC64NVME of ${length}`).toBe(slowCrc(64, 0x9a6c9329ac4bc9b5n, bytes));
    }
  });

  test.for(checksumAlgorithms)(
    "does not depend on how %s is fed, nor on another one running beside it",
    (algorithm) => {
      const random = seeded(2);
      const bytes = randomBytes(random, 50_000);
      const whole = checksumOf(algorithm, bytes);
      for (let round = 0; round < 20; round += 1) {
        const checksum = createChecksum(algorithm);
        const other = createChecksum("CRC64NVME");
        for (let at = 0; at < bytes.length;) {
          const end = at + 1 + random.int(5000);
          checksum.update(bytes.subarray(at, end));
          other.update(bytes.subarray(0, 33));
          at = end;
        }
        expect(Buffer.from(checksum.digest()).toString("base64")).toBe(whole);
      }
    },
  );

  test.for(checksumAlgorithms)("has the size it says for %s", (algorithm) => {
    expect(createChecksum(algorithm).digest()).toHaveLength(checksumSize(algorithm));
    expect(checksumHeader(algorithm)).toBe(`x-amz-checksum-${algorithm.toLowerCase()}`);
  });
});

describe("verifyChecksum", () => {
  test("accepts the same digest and answers BadDigest, in S3's words, for another", () => {
    const digest = createChecksum("CRC32").digest();
    expect(() => verifyChecksum("CRC32", Buffer.alloc(4), digest)).not.toThrow();
    expect(() => verifyChecksum("CRC32", Buffer.from([0, 0, 0, 1]), digest)).toThrow(
      expect.objectContaining({
        code: "BadDigest",
        message: "The CRC32 you specified did not match the calculated checksum.",
      }),
    );
  });
});

describe("combineFullObject", () => {
  test.for(["CRC32", "CRC32C", "CRC64NVME"] as const)("answers the checksum of the whole for %s", (algorithm) => {
    const random = seeded(3);
    for (let round = 0; round < 40; round += 1) {
      const parts = Array.from({ length: 1 + random.int(6) }, () => randomBytes(random, random.int(3000)));
      const described = parts.map((part) => ({ value: checksumOf(algorithm, part), size: part.length }));
      expect(combineFullObject(algorithm, described)).toBe(checksumOf(algorithm, Buffer.concat(parts)));
    }
  });

  test("takes empty parts, and one part alone", () => {
    const empty = { value: checksumOf("CRC32", new Uint8Array()), size: 0 };
    const part = { value: checksumOf("CRC32", checkString), size: 9 };
    expect(combineFullObject("CRC32", [part])).toBe(part.value);
    expect(combineFullObject("CRC32", [empty, part, empty])).toBe(part.value);
  });

  test.for(["CRC32", "CRC32C", "CRC64NVME"] as const)(
    "knows lengths beyond 32 bits for %s: 6 GiB of zeros in one step equals two of 3 GiB",
    (algorithm) => {
      const gib = 1024 ** 3;
      const zeros = (size: number, value: string) => ({ value, size });
      const mebibyte = checksumOf(algorithm, new Uint8Array(1024 ** 2));
      const doubled = (value: string, size: number) =>
        combineFullObject(algorithm, [zeros(size, value), zeros(size, value)]);
      let value = mebibyte;
      for (let size = 1024 ** 2; size < gib; size *= 2) value = doubled(value, size);
      const three = combineFullObject(algorithm, [zeros(gib, value), zeros(gib, value), zeros(gib, value)]);
      const six = doubled(three, 3 * gib);
      const start = { value: checksumOf(algorithm, checkString), size: 9 };
      const inTwo = combineFullObject(algorithm, [start, zeros(3 * gib, three), zeros(3 * gib, three)]);
      expect(combineFullObject(algorithm, [start, zeros(6 * gib, six)])).toBe(inTwo);
    },
  );

  test("combines 10,000 parts of different sizes in far less than a second", () => {
    const parts = Array.from({ length: 10_000 }, (_, index) => ({
      value: "rosUhgp5mIg=",
      size: 5 * 1024 ** 2 + index * 7919,
    }));
    const begun = performance.now();
    combineFullObject("CRC64NVME", parts);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

describe("compositeChecksum", () => {
  test.for(["CRC32", "CRC32C", "SHA1", "SHA256"] as const)(
    "hashes the parts' digests and counts them for %s",
    (algorithm) => {
      const parts = [checkString, Buffer.from("second"), Buffer.from("third")];
      const digests = parts.map((part) => Buffer.from(checksumOf(algorithm, part), "base64"));
      const values = parts.map((part) => checksumOf(algorithm, part));
      expect(compositeChecksum(algorithm, values)).toBe(`${checksumOf(algorithm, Buffer.concat(digests))}-3`);
    },
  );

  test("refuses to be made of something that is no checksum", () => {
    expect(() => compositeChecksum("SHA1", ["AAAA"])).toThrow("not a SHA1 checksum");
  });
});
