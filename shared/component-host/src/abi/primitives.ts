import { Trap } from "../errors.ts";
import type { PrimitiveKind } from "../binary/definitions.ts";
import { type Codec, flatBigint, flatNumber, wrongType } from "./codec.ts";

/** The integers that are numbers in JavaScript. */
function smallInteger(
  name: string,
  read: (view: DataView, at: number) => number,
  write: (view: DataView, at: number, value: number) => void,
  wrap: (value: number) => number,
): Codec {
  const check = (value: unknown): number =>
    typeof value === "number" && wrap(value) === value ? value : wrongType(name, value);
  return {
    load: (guest, at) => read(guest.view, at),
    store: (guest, at, value) => write(guest.view, at, check(value)),
    liftFlat: (_guest, flat, at) => wrap(flatNumber(flat, at)),
    lowerFlat: (_guest, value, flat) => {
      flat.push(check(value));
    },
    lowerOne: (_guest, value) => check(value),
  };
}

function bigInteger(
  name: string,
  read: (view: DataView, at: number) => bigint,
  wrap: (value: bigint) => bigint,
): Codec {
  const check = (value: unknown): bigint =>
    typeof value === "bigint" && wrap(value) === value ? value : wrongType(name, value);
  return {
    load: (guest, at) => read(guest.view, at),
    store: (guest, at, value) => guest.view.setBigInt64(at, check(value), true),
    liftFlat: (_guest, flat, at) => wrap(flatBigint(flat, at)),
    lowerFlat: (_guest, value, flat) => {
      flat.push(check(value));
    },
    lowerOne: (_guest, value) => check(value),
  };
}

const checkNumber = (value: unknown): number => (typeof value === "number" ? value : wrongType("a number", value));

// a NaN has one form, whoever made it: its bits would be a channel between components
const f32: Codec = {
  load: (guest, at) => guest.view.getFloat32(at, true),
  store: (guest, at, value) => {
    const number = checkNumber(value);
    if (Number.isNaN(number)) guest.view.setUint32(at, 0x7fc00000, true);
    else guest.view.setFloat32(at, number, true);
  },
  liftFlat: (_guest, flat, at) => flatNumber(flat, at),
  lowerFlat: (_guest, value, flat) => {
    flat.push(Math.fround(checkNumber(value)));
  },
};

const f64: Codec = {
  load: (guest, at) => guest.view.getFloat64(at, true),
  store: (guest, at, value) => {
    const number = checkNumber(value);
    if (Number.isNaN(number)) guest.view.setBigUint64(at, 0x7ff8000000000000n, true);
    else guest.view.setFloat64(at, number, true);
  },
  liftFlat: (_guest, flat, at) => flatNumber(flat, at),
  lowerFlat: (_guest, value, flat) => {
    flat.push(checkNumber(value));
  },
};

const checkBoolean = (value: unknown): number =>
  typeof value === "boolean" ? Number(value) : wrongType("a boolean", value);

const bool: Codec = {
  load: (guest, at) => guest.view.getUint8(at) !== 0,
  store: (guest, at, value) => guest.view.setUint8(at, checkBoolean(value)),
  liftFlat: (_guest, flat, at) => flatNumber(flat, at) !== 0,
  lowerFlat: (_guest, value, flat) => {
    flat.push(checkBoolean(value));
  },
};

function liftChar(code: number): string {
  if (code >= 0x110000 || (code >= 0xd800 && code <= 0xdfff)) throw new Trap(`0x${code.toString(16)} is no character`);
  return String.fromCodePoint(code);
}

function lowerChar(value: unknown): number {
  const code = typeof value === "string" ? value.codePointAt(0) : undefined;
  if (typeof value !== "string" || code === undefined) return wrongType("one character", value);
  const isOne = value.length === (code > 0xffff ? 2 : 1) && value.isWellFormed();
  return isOne ? code : wrongType("one character", value);
}

const char: Codec = {
  load: (guest, at) => liftChar(guest.view.getUint32(at, true)),
  store: (guest, at, value) => guest.view.setUint32(at, lowerChar(value), true),
  liftFlat: (_guest, flat, at) => liftChar(flatNumber(flat, at) >>> 0),
  lowerFlat: (_guest, value, flat) => {
    flat.push(lowerChar(value));
  },
};

/** The codecs of everything that has a fixed size and no parts. */
export const primitiveCodecs: Readonly<Record<Exclude<PrimitiveKind, "string">, Codec>> = {
  bool,
  char,
  f32,
  f64,
  s8: smallInteger(
    "an s8",
    (view, at) => view.getInt8(at),
    (view, at, value) => view.setInt8(at, value),
    (value) => (value << 24) >> 24,
  ),
  u8: smallInteger(
    "a u8",
    (view, at) => view.getUint8(at),
    (view, at, value) => view.setUint8(at, value),
    (value) => value & 0xff,
  ),
  s16: smallInteger(
    "an s16",
    (view, at) => view.getInt16(at, true),
    (view, at, value) => view.setInt16(at, value, true),
    (value) => (value << 16) >> 16,
  ),
  u16: smallInteger(
    "a u16",
    (view, at) => view.getUint16(at, true),
    (view, at, value) => view.setUint16(at, value, true),
    (value) => value & 0xffff,
  ),
  s32: smallInteger(
    "an s32",
    (view, at) => view.getInt32(at, true),
    (view, at, value) => view.setInt32(at, value, true),
    (value) => value | 0,
  ),
  u32: smallInteger(
    "a u32",
    (view, at) => view.getUint32(at, true),
    (view, at, value) => view.setUint32(at, value, true),
    (value) => value >>> 0,
  ),
  s64: bigInteger(
    "an s64 (a bigint)",
    (view, at) => view.getBigInt64(at, true),
    (value) => BigInt.asIntN(64, value),
  ),
  u64: bigInteger(
    "a u64 (a bigint)",
    (view, at) => view.getBigUint64(at, true),
    (value) => BigInt.asUintN(64, value),
  ),
};
