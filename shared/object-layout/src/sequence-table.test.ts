import { describe, expect, test } from "vitest";
import { decodeSequences, encodeSequences, sliceSequences } from "./sequence-table.ts";

/** A small seeded generator, so that a failure can be repeated. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("the sequence table", () => {
  test("gives back any increasing list exactly, and any slice of it", () => {
    const next = random(1);
    for (let round = 0; round < 500; round++) {
      let sequence = Math.floor(next() * 2 ** (next() * 50)) + 1;
      const sequences = Array.from({ length: Math.floor(next() * 60) }, () => {
        sequence += next() < 0.7 ? 1 : Math.floor(next() * 2 ** (next() * 40)) + 1;
        return sequence;
      });
      const table = encodeSequences(sequences);
      expect(decodeSequences(table, sequences.length)).toEqual(sequences);
      const [from = 0, to = 0] = [next(), next()]
        .map((at) => Math.floor(at * (sequences.length + 1)))
        .sort((a, b) => a - b);
      expect(sliceSequences(table, sequences.length, from, to)).toEqual(sequences.slice(from, to));
    }
  });

  test("is a few bytes for a run written alone, however long", () => {
    const sequences = Array.from({ length: 10_000 }, (_, i) => 5_000_000_000 + i);
    expect(encodeSequences(sequences).length).toBeLessThan(16);
  });

  test("holds sequences up to 2^53 - 1", () => {
    const sequences = [1, Number.MAX_SAFE_INTEGER];
    expect(decodeSequences(encodeSequences(sequences), 2)).toEqual(sequences);
  });

  test("refuses to write what does not increase", () => {
    expect(() => encodeSequences([5, 5])).toThrow(RangeError);
    expect(() => encodeSequences([5, 4])).toThrow(RangeError);
  });

  test.for([
    ["cut off", encodeSequences([1, 2, 3]).slice(0, -2), 3],
    ["of another count", encodeSequences([1, 2, 3]), 4],
    ["empty where chunks are expected", "", 1],
    ["of endless varints", Buffer.alloc(20, 0xff).toString("base64url"), 2],
    ["that claims a billion repeats", Buffer.from([1, 1, 0x80, 0x94, 0xeb, 0xdc, 0x03]).toString("base64url"), 3],
  ] as const)("refuses a table %s", ([, text, count]) => {
    expect(() => decodeSequences(text, count)).toThrow(expect.objectContaining({ code: "UnreadableRecord" }));
  });
});
