/** Computes and compares S3 checksums. */
import { timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";
import { s3Error } from "../errors.ts";
import type { ChecksumAlgorithm } from "./algorithms.ts";
import { Crc, crc32cParameters, crc64NvmeParameters } from "./crc.ts";
import { StreamedHash } from "./streamed-hash.ts";

/** A running checksum: bytes in, in order; the digest once, at the end. */
export type RunningChecksum = { update(bytes: Uint8Array): void; digest(): Uint8Array };

const makers: Readonly<Record<ChecksumAlgorithm, () => RunningChecksum>> = {
  CRC32: createCrc32,
  CRC32C: () => new Crc(crc32cParameters),
  CRC64NVME: () => new Crc(crc64NvmeParameters),
  SHA1: () => new StreamedHash("sha1"),
  SHA256: () => new StreamedHash("sha256"),
};

/** Begins a checksum. Its `digest()` is the raw (big-endian) digest: base64 of it is what S3 sends. */
export function createChecksum(algorithm: ChecksumAlgorithm): RunningChecksum {
  return makers[algorithm]();
}

function createCrc32(): RunningChecksum {
  let value = 0;
  return {
    update(bytes) {
      value = crc32(bytes, value);
    },
    digest() {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value);
      return bytes;
    },
  };
}

/** The checksum of bytes at hand, base64. */
export function checksumOf(algorithm: ChecksumAlgorithm, bytes: Uint8Array): string {
  const checksum = createChecksum(algorithm);
  checksum.update(bytes);
  return Buffer.from(checksum.digest()).toString("base64");
}

/** Throws BadDigest (S3's words) unless the digest computed equals the one that the client declared. */
export function verifyChecksum(algorithm: ChecksumAlgorithm, declared: Uint8Array, computed: Uint8Array): void {
  if (declared.length === computed.length && timingSafeEqual(declared, computed)) return;
  throw s3Error("BadDigest", { message: `The ${algorithm} you specified did not match the calculated checksum.` });
}
