import { randomFillSync } from "node:crypto";
import { Trap } from "@holdfast/component-host";
import { repeatableMembers } from "../repeatable-members.ts";

/** Most bytes of one call: a guest cannot hold more anyway, and the host makes them before it copies them. */
const maxBytes = 16n * 1024n * 1024n;

/** Numbers drawn at once: one call of the system's generator costs as much as hundreds of numbers. */
const drawn = new BigUint64Array(256);
let used = drawn.length;

/** Each number is given once, to whoever of all instances asks first, and forgotten. */
function randomU64(): bigint {
  if (used === drawn.length) {
    randomFillSync(drawn);
    used = 0;
  }
  const value = drawn[used] ?? 0n;
  drawn[used++] = 0n;
  return value;
}

function randomBytes(length: bigint): Uint8Array {
  if (length > maxBytes) throw new Trap(`${length} random bytes asked for at once, at most ${maxBytes} are given`);
  return randomFillSync(new Uint8Array(Number(length)));
}

/**
 * `wasi:random`: all of it from the system's secure generator, also what is called insecure. Without state of its own: one
 * request cannot foresee what the next one gets.
 */
export const random = {
  random: repeatableMembers({ getRandomBytes: randomBytes, getRandomU64: randomU64 }),
  insecure: repeatableMembers({ getInsecureRandomBytes: randomBytes, getInsecureRandomU64: randomU64 }),
  insecureSeed: repeatableMembers({ insecureSeed: (): [bigint, bigint] => [randomU64(), randomU64()] }),
};
