/** S3's five checksums, from their polynomials: short, and sharing nothing with the product. */
import { createHash } from "node:crypto";

export const algorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
export type Algorithm = (typeof algorithms)[number];

/** Reflected polynomials, in halves of 32 bits. https://reveng.sourceforge.io/crc-catalogue/ */
const polynomials = {
  CRC32: { bytes: 4, high: 0, low: 0xedb88320 },
  CRC32C: { bytes: 4, high: 0, low: 0x82f63b78 },
  CRC64NVME: { bytes: 8, high: 0x9a6c9329, low: 0xac4bc9b5 },
} as const;

/** What each byte adds: low halves at even places, high halves at odd ones. */
function tableOf({ high, low }: { high: number; low: number }): Int32Array {
  const table = new Int32Array(512);
  for (let byte = 0; byte < 256; byte += 1) {
    let [up, down] = [0, byte];
    for (let bit = 0; bit < 8; bit += 1) {
      const odd = (down & 1) === 1;
      down = (down >>> 1) | (up << 31);
      up >>>= 1;
      if (odd) [up, down] = [up ^ high, down ^ low];
    }
    table[byte * 2] = down;
    table[byte * 2 + 1] = up;
  }
  return table;
}

const tables = {
  CRC32: tableOf(polynomials.CRC32),
  CRC32C: tableOf(polynomials.CRC32C),
  CRC64NVME: tableOf(polynomials.CRC64NVME),
};

function crc(algorithm: keyof typeof polynomials, data: Uint8Array): Buffer {
  const { bytes } = polynomials[algorithm];
  const table = tables[algorithm];
  let down = -1;
  let up = bytes === 8 ? -1 : 0;
  for (const byte of data) {
    const index = ((down ^ byte) & 0xff) * 2;
    down = ((down >>> 8) | (up << 24)) ^ (table[index] ?? 0);
    up = (up >>> 8) ^ (table[index + 1] ?? 0);
  }
  const result = Buffer.alloc(8);
  result.writeInt32BE(~up, 0);
  result.writeInt32BE(~down, 4);
  return result.subarray(8 - bytes);
}

/** The raw bytes of a checksum. */
export function checksumBytes(algorithm: Algorithm, data: Uint8Array | string): Buffer {
  const bytes = Buffer.from(data);
  if (algorithm === "SHA1" || algorithm === "SHA256") return createHash(algorithm).update(bytes).digest();
  return crc(algorithm, bytes);
}

/** As it stands in a header: base64. */
export function checksum(algorithm: Algorithm, data: Uint8Array | string): string {
  return checksumBytes(algorithm, data).toString("base64");
}

/** The checksum of the parts' checksums, with their number behind it. */
export function composite(algorithm: Algorithm, parts: readonly (Uint8Array | string)[]): string {
  const all = Buffer.concat(parts.map((part) => checksumBytes(algorithm, part)));
  return `${checksum(algorithm, all)}-${parts.length}`;
}

export function checksumHeader(algorithm: Algorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}
