/** Counters as wasmCloud keeps them: 8 bytes, big-endian, unsigned. */
import { other } from "./bucket.ts";

/** The value of a counter after an increment of its stored bytes. Throws in words when they are no counter, or it would overflow. */
export function incremented(stored: Uint8Array | undefined, delta: bigint): bigint {
  const sum = (stored === undefined ? 0n : decodeCounter(stored)) + delta;
  if (sum >= 2n ** 64n) throw other("the sum does not fit into 64 bits");
  return sum;
}

export function encodeCounter(value: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

function decodeCounter(stored: Uint8Array): bigint {
  if (stored.length !== 8) throw other(`the value is no counter: it has ${stored.length} bytes, not 8`);
  return Buffer.from(stored).readBigUInt64BE();
}
