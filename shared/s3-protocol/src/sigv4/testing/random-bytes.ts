/** Random bytes, and bodies cut at random places, for property tests. */
import type { Random } from "../../testing/seeded.ts";

export function randomBytes(random: Random, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => random.int(256));
}

/** Cuts bytes at so many random places; pieces may be empty. */
export function randomSplit(random: Random, bytes: Uint8Array, cuts: number): Uint8Array[] {
  const places = Array.from({ length: cuts }, () => random.int(bytes.length + 1));
  const bounds = [0, ...places.toSorted((a, b) => a - b), bytes.length];
  return bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end));
}
