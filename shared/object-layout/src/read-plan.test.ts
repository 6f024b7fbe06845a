import { describe, expect, test } from "vitest";
import { chooseChunkSize, planRead } from "./read-plan.ts";

const mib = 1024 * 1024;
const run = (id: string, size: number) => ({ id, size, chunks: 1, chunkSize: size });
const runs = [run("a", 10), run("b", 0), run("c", 5)];

describe("planRead", () => {
  test.for([
    [undefined, undefined, ["a:0-10", "c:0-5"]],
    [9, 11, ["a:9-10", "c:0-1"]],
    [10, 11, ["c:0-1"]],
    [15, 20, []],
    [3, 3, []],
  ] as const)("takes bytes %s to %s from the right runs", ([start, end, expected]) => {
    expect(planRead(runs, { start, end }).map((piece) => `${piece.run.id}:${piece.start}-${piece.end}`)).toEqual(
      expected,
    );
  });
});

describe("chooseChunkSize", () => {
  test.for([
    [8 * mib, undefined, 128 * 1024],
    [8 * mib, 512 * mib, 128 * 1024],
    [8 * mib, 512 * mib + 1, 256 * 1024],
    [8 * mib, 5 * 1024 * mib, mib],
    [mib, 5 * 1024 * mib, mib - 16 * 1024],
    [64 * 1024, undefined, 48 * 1024],
  ] as const)("for max_payload %i and %i bytes is %i", ([maxPayload, size, expected]) => {
    expect(chooseChunkSize(maxPayload, size)).toBe(expected);
  });
});
