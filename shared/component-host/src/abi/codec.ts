import type { CoreValue } from "../web-assembly.ts";
import type { GuestContext } from "./guest-context.ts";

/**
 * Moves the values of one type between JavaScript and a guest. Made once per type; the instance comes as an argument.
 * The four operations are the canonical ABI's: `load` and `liftFlat` read from the guest, and trap on what is no value
 * of the type; `store` and `lowerFlat` write to it, and throw a TypeError on what the host should not have given.
 */
export interface Codec {
  load(guest: GuestContext, at: number): unknown;
  store(guest: GuestContext, at: number, value: unknown): void;
  /** Reads the flat values that begin at index `at`. */
  liftFlat(guest: GuestContext, flat: readonly CoreValue[], at: number): unknown;
  /** Appends the flat values. */
  lowerFlat(guest: GuestContext, value: unknown, flat: CoreValue[]): void;
  /** The flat value, for types that have always one; saves an array. */
  readonly lowerOne?: (guest: GuestContext, value: unknown) => CoreValue;
}

/** An i32, f32 or f64 among flat values. */
export function flatNumber(flat: readonly CoreValue[], at: number): number {
  const value = flat[at];
  return typeof value === "number" ? value : Number(value);
}

/** An i64 among flat values, signed. */
export function flatBigint(flat: readonly CoreValue[], at: number): bigint {
  const value = flat[at];
  return typeof value === "bigint" ? value : BigInt(value ?? 0);
}

/** Throws: the host gave a value of the wrong type. */
export function wrongType(expected: string, value: unknown): never {
  throw new TypeError(`expected ${expected}, got ${describe(value)}`);
}

function describe(value: unknown): string {
  if (typeof value === "number" || typeof value === "bigint" || value === undefined || value === null)
    return `${value}`;
  if (typeof value === "string") return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value);
  return Array.isArray(value) ? "an array" : `a ${typeof value}`;
}
