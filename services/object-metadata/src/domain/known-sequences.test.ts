import { describe, expect, test } from "vitest";
import { knownSequences } from "./known-sequences.ts";

describe("known sequences", () => {
  test("move the checkpoint as soon as they join up with it", () => {
    const known = knownSequences(10);
    expect(known.add(12, 12)).toBe(false);
    expect(known.add(14, 20)).toBe(false);
    expect(known.checkpoint).toBe(10);
    expect(known.add(11, 11)).toBe(true);
    expect(known.checkpoint).toBe(12);
    expect(known.add(13, 13)).toBe(true);
    expect(known.checkpoint).toBe(20);
  });

  test("never move it back, nor over a gap", () => {
    const known = knownSequences(10);
    expect(known.add(3, 9)).toBe(false);
    known.add(100, 200);
    expect(known.checkpoint).toBe(10);
    known.reset();
    expect(known.checkpoint).toBe(0);
  });
});
