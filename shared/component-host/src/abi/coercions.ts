/**
 * The flat values of a case have the types that all cases of the variant can share; a float may travel as the bits of
 * an integer.
 */
import type { FlatType } from "../types/layout.ts";
import type { CoreValue } from "../web-assembly.ts";

const scratch = new DataView(new ArrayBuffer(8));

/** The payload's own flat values, out of the variant's. */
export function uncoerceFlat(
  flat: readonly CoreValue[],
  at: number,
  joined: readonly FlatType[],
  own: readonly FlatType[],
): CoreValue[] {
  return own.map((type, index) => fromJoined(flat[at + index] ?? 0, joined[index], type));
}

function fromJoined(value: CoreValue, joined: FlatType | undefined, own: FlatType): CoreValue {
  if (joined === own) return value;
  const bits = BigInt.asUintN(64, BigInt(value));
  scratch.setBigUint64(0, bits);
  if (own === "f64") return scratch.getFloat64(0);
  return own === "f32" ? scratch.getFloat32(4) : scratch.getInt32(4);
}

/** Turns the payload's own flat values, which begin at `start`, into the variant's. */
export function coerceFlat(
  flat: CoreValue[],
  start: number,
  own: readonly FlatType[],
  joined: readonly FlatType[],
): void {
  own.forEach((type, index) => {
    const value = flat[start + index];
    if (value !== undefined) flat[start + index] = toJoined(value, type, joined[index]);
  });
}

function toJoined(value: CoreValue, own: FlatType, joined: FlatType | undefined): CoreValue {
  if (own === joined) return value;
  if (own === "i32") return BigInt(Number(value) >>> 0);
  const canonical = Number.isNaN(value) ? canonicalNaN(own) : bitsOf(Number(value), own);
  return joined === "i32" ? Number(BigInt.asIntN(32, canonical)) : canonical;
}

const canonicalNaN = (type: FlatType) => (type === "f32" ? 0x7fc0_0000n : 0x7ff8_0000_0000_0000n);

function bitsOf(value: number, type: FlatType): bigint {
  if (type === "f64") scratch.setFloat64(0, value);
  else {
    scratch.setUint32(0, 0);
    scratch.setFloat32(4, value);
  }
  return scratch.getBigUint64(0);
}
