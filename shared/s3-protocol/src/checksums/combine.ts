/**
 * The checksum of an object completed from parts, made from the parts' checksums without reading a byte.
 *
 * FULL_OBJECT needs a CRC: appending n bytes to a message multiplies its CRC by x^(8n) modulo the polynomial, and the CRCs
 * of the two halves add up (as zlib's `crc32_combine` does; starting with all ones and inverting at the end cancel out).
 * Polynomials are reflected: bit 31 of `high` is x^0. A 32-bit one lies in `high`, with `low` zero.
 */
import { checksumSize, decodeChecksum, type ChecksumAlgorithm } from "./algorithms.ts";
import { checksumOf } from "./checksum.ts";
import { crc32cParameters, crc32Parameters, crc64NvmeParameters, type CrcParameters } from "./crc.ts";

/** A part's checksum in base64, and its size in bytes. */
export type PartChecksum = { readonly value: string; readonly size: number };

type Polynomial = { readonly high: number; readonly low: number };
type Field = {
  readonly width: 32 | 64;
  readonly modulus: Polynomial;
  /** x^(2^k), for k = 0, 1, 2, ... */
  readonly powers: readonly Polynomial[];
};

const one: Polynomial = { high: 0x8000_0000 | 0, low: 0 };
const x: Polynomial = { high: 0x4000_0000, low: 0 };

const fields = {
  CRC32: makeField(crc32Parameters),
  CRC32C: makeField(crc32cParameters),
  CRC64NVME: makeField(crc64NvmeParameters),
} as const;

function makeField({ width, polynomial }: CrcParameters): Field {
  const modulus = fromBigInt(width, polynomial);
  const powers = [x];
  let power = x;
  // 5 TiB is fewer than 2^43 bytes, 2^46 bits.
  for (let exponent = 1; exponent <= 48; exponent += 1) {
    power = multiply({ width, modulus }, power, power);
    powers.push(power);
  }
  return { width, modulus, powers };
}

function fromBigInt(width: 32 | 64, value: bigint): Polynomial {
  const wide = width === 32 ? value << 32n : value;
  return { high: Number(BigInt.asIntN(32, wide >> 32n)), low: Number(BigInt.asIntN(32, wide)) };
}

/** a * b modulo the field's polynomial: a shift and a conditional addition per bit of `a`. */
function multiply(field: Pick<Field, "width" | "modulus">, a: Polynomial, b: Polynomial): Polynomial {
  let { high, low } = b;
  let productHigh = 0;
  let productLow = 0;
  for (let bit = 0; bit < field.width; bit += 1) {
    const word = bit < 32 ? a.high : a.low;
    if (((word >>> (31 - (bit & 31))) & 1) === 1) {
      productHigh ^= high;
      productLow ^= low;
    }
    const carry = (field.width === 32 ? high : low) & 1;
    low = field.width === 32 ? 0 : (low >>> 1) | (high << 31);
    high >>>= 1;
    if (carry === 1) {
      high ^= field.modulus.high;
      low ^= field.modulus.low;
    }
  }
  return { high: productHigh | 0, low: productLow | 0 };
}

/** x^(8 * bytes): what a CRC is multiplied by when that many bytes follow. */
function shiftOf(field: Field, bytes: number): Polynomial {
  let result = one;
  let remaining = bytes;
  for (let exponent = 3; remaining > 0; exponent += 1) {
    const power = field.powers[exponent];
    if (power === undefined) throw new RangeError("longer than any S3 object");
    if (remaining % 2 === 1) result = multiply(field, power, result);
    remaining = Math.floor(remaining / 2);
  }
  return result;
}

function decodePart(algorithm: ChecksumAlgorithm, value: string): Buffer {
  const digest = decodeChecksum(algorithm, value);
  if (digest === undefined) throw new TypeError(`not a ${algorithm} checksum`);
  return digest;
}

/** The FULL_OBJECT checksum (base64) of the parts in this order. Only CRCs can have one: see `isLegalChecksumType`. */
export function combineFullObject(algorithm: keyof typeof fields, parts: readonly PartChecksum[]): string {
  const field = fields[algorithm];
  const bytes = checksumSize(algorithm);
  // Parts of one upload mostly have one size.
  const shifts = new Map<number, Polynomial>();
  let total: Polynomial = { high: 0, low: 0 };
  for (const { value, size } of parts) {
    const digest = decodePart(algorithm, value);
    const shift = shifts.get(size) ?? shiftOf(field, size);
    shifts.set(size, shift);
    const shifted = multiply(field, total, shift);
    total = {
      high: shifted.high ^ digest.readInt32BE(0),
      low: shifted.low ^ (bytes === 8 ? digest.readInt32BE(4) : 0),
    };
  }
  const result = Buffer.alloc(8);
  result.writeInt32BE(total.high | 0, 0);
  result.writeInt32BE(total.low | 0, 4);
  return result.subarray(0, bytes).toString("base64");
}

/** The COMPOSITE checksum of the parts' checksums (base64) in this order: base64 of their digests' digest, `-`, their number. */
export function compositeChecksum(
  algorithm: Exclude<ChecksumAlgorithm, "CRC64NVME">,
  parts: readonly string[],
): string {
  const digests = Buffer.concat(parts.map((value) => decodePart(algorithm, value)));
  return `${checksumOf(algorithm, digests)}-${parts.length}`;
}
