/**
 * S3's checksum algorithms: their names, sizes, headers, and which types of multipart checksum each can have.
 *
 * Implements https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
 * Gaps: MD5, SHA512 and the XXHASH family, which AWS added in 2025, are answered with NotImplemented.
 */

export const checksumAlgorithms = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"] as const;
export type ChecksumAlgorithm = (typeof checksumAlgorithms)[number];

export const checksumTypes = ["COMPOSITE", "FULL_OBJECT"] as const;
/** COMPOSITE: a hash of the parts' hashes. FULL_OBJECT: the same value as for the object uploaded in one PUT. */
export type ChecksumType = (typeof checksumTypes)[number];

type Definition = {
  /** Bytes of the digest. */
  readonly size: number;
  /** Types a multipart upload may ask for; the first is S3's default. */
  readonly multipartTypes: readonly [ChecksumType, ...ChecksumType[]];
};

const definitions: Readonly<Record<ChecksumAlgorithm, Definition>> = {
  CRC32: { size: 4, multipartTypes: ["COMPOSITE", "FULL_OBJECT"] },
  CRC32C: { size: 4, multipartTypes: ["COMPOSITE", "FULL_OBJECT"] },
  CRC64NVME: { size: 8, multipartTypes: ["FULL_OBJECT"] },
  SHA1: { size: 20, multipartTypes: ["COMPOSITE"] },
  SHA256: { size: 32, multipartTypes: ["COMPOSITE"] },
};

/** Bytes of an algorithm's digest. */
export function checksumSize(algorithm: ChecksumAlgorithm): number {
  return definitions[algorithm].size;
}

/** The type a multipart upload of this algorithm has unless it asks for another. */
export function defaultChecksumType(algorithm: ChecksumAlgorithm): ChecksumType {
  return definitions[algorithm].multipartTypes[0];
}

/** Tells whether a multipart upload may have this pair: CRC64NVME is never COMPOSITE, SHA1 and SHA256 are nothing else. */
export function isLegalChecksumType(algorithm: ChecksumAlgorithm, type: ChecksumType): boolean {
  return definitions[algorithm].multipartTypes.includes(type);
}

/** The header (and trailer) that carries a checksum: `x-amz-checksum-crc32c`. */
export function checksumHeader(algorithm: ChecksumAlgorithm): string {
  return `x-amz-checksum-${algorithm.toLowerCase()}`;
}

/** Finds an algorithm by S3's name in any case (`x-amz-checksum-algorithm: crc32` is common), or undefined. */
export function checksumAlgorithmOf(name: string): ChecksumAlgorithm | undefined {
  const upper = name.toUpperCase();
  return checksumAlgorithms.find((algorithm) => algorithm === upper);
}

/** Finds the algorithm whose header or trailer this is, or undefined. */
export function checksumAlgorithmOfHeader(name: string): ChecksumAlgorithm | undefined {
  return checksumAlgorithms.find((algorithm) => checksumHeader(algorithm) === name);
}

/** The digest of a base64 checksum value, or undefined when it is not exactly one digest of this algorithm. */
export function decodeChecksum(algorithm: ChecksumAlgorithm, value: string): Buffer | undefined {
  return decodeBase64(value, checksumSize(algorithm));
}

/** Decodes canonical, padded base64 of exactly `size` bytes, or answers undefined. */
export function decodeBase64(value: string, size: number): Buffer | undefined {
  if (value.length !== Math.ceil(size / 3) * 4) return undefined;
  const bytes = Buffer.from(value, "base64");
  // Node skips what is no base64: only a value that encodes back to itself was one.
  return bytes.length === size && bytes.toString("base64") === value ? bytes : undefined;
}
