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

  test("are forgotten once a catch-up has passed them: they take no room from those behind it", () => {
    const known = knownSequences(0);
    const everySecond = (from: number, count: number) => Array.from({ length: count }, (_, i) => from + 2 * i);
    for (const sequence of everySecond(2, 8_000)) known.add(sequence, sequence);
    known.add(1, 20_000);
    for (const sequence of everySecond(20_002, 8_000)) known.add(sequence, sequence);
    for (const sequence of everySecond(20_001, 8_000)) known.add(sequence, sequence);
    expect(known.checkpoint).toBe(36_000);
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
