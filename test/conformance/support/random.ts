import { createHash } from "node:crypto";

/** Numbers in [0, 1) from a seed (mulberry32), so that a failing run can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** One of the values. */
export function pick<T>(random: () => number, values: readonly T[]): T {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
}

/** The same bytes for the same seed, with no period that a wrong order of blocks could hide behind. */
export function testBytes(size: number, seed = 1): Buffer {
  const block = Buffer.alloc(size);
  const step = 64 * 1024;
  const pattern = Buffer.alloc(step);
  const random = seededRandom(seed);
  for (let index = 0; index < step; index += 1) pattern[index] = Math.floor(random() * 256);
  for (let start = 0; start < size; start += step) {
    pattern.copy(block, start);
    if (start + 8 <= size) block.writeDoubleBE(start + seed, start);
  }
  return block;
}

export function md5Hex(bytes: Uint8Array | string): string {
  return createHash("md5").update(bytes).digest("hex");
}

export function sha256Hex(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
