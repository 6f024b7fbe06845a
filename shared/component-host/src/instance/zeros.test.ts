import * as fc from "fast-check";
import { expect, test } from "vitest";
import { webAssembly } from "../web-assembly.ts";
import { zerosOf } from "./zeros.ts";

const block = 256;
const blocks = (2 * 65_536) / block;
const writes = fc.array(fc.record({ at: fc.nat(2 * 65_536 - 1), value: fc.integer({ min: 1, max: 255 }) }), {
  maxLength: 6,
});

/** A memory of two pages with these bytes in it, and a copy in plain JavaScript. */
function memoryWith(written: readonly { at: number; value: number }[]) {
  const memory = new webAssembly.Memory({ initial: 2 });
  const live = new Uint8Array(memory.buffer);
  for (const { at, value } of written) live[at] = value;
  return { live, expected: live.slice(), zeros: zerosOf(memory) };
}

const range = fc
  .tuple(fc.nat(blocks), fc.nat(blocks))
  .map(([a, b]) => [Math.min(a, b) * block, Math.max(a, b) * block]);

test("clear puts zeros from one position to another, and nowhere else", () => {
  const property = fc.property(writes, range, (written, [at = 0, end = 0]) => {
    const { live, expected, zeros } = memoryWith(written);
    zeros.clear(at, end);
    expect(Buffer.compare(live, expected.fill(0, at, end))).toBe(0);
  });
  fc.assert(property, { numRuns: 300 });
});

test("used finds the end of the last block with anything in it", () => {
  const property = fc.property(writes, range, (written, [at = 0, end = 0]) => {
    const { expected, zeros } = memoryWith(written);
    const last = expected.subarray(at, end).findLastIndex((byte) => byte !== 0);
    expect(zeros.used(at, end)).toBe(last < 0 ? at : at + (Math.floor(last / block) + 1) * block);
  });
  fc.assert(property, { numRuns: 300 });
});
