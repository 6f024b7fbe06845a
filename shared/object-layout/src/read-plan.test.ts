import { describe, expect, test } from "vitest";
import { chooseChunkSize, planRead } from "./read-plan.ts";

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
    [8 * 1024 * 1024, 1024 * 1024],
    [1024 * 1024, 512 * 1024],
    [256 * 1024, 240 * 1024],
  ] as const)("fits max_payload %i with %i", ([maxPayload, size]) => {
    expect(chooseChunkSize(maxPayload)).toBe(size);
  });
});
