import type { StoredObject } from "@holdfast/contracts";
import { describe, expect, test } from "vitest";
import { bytesTouched } from "./bytes-touched.ts";

const run = (chunkSize: number, size: number) => ({ id: "r", size, chunks: Math.ceil(size / chunkSize), chunkSize });
const part = (partNumber: number, chunkSize: number) => ({ partNumber, etag: "e", run: run(chunkSize, 10_000) });
const ofRun: StoredObject["data"] = { kind: "run", run: run(1000, 20_000) };
const ofParts: StoredObject["data"] = { kind: "parts", uploadId: "u", parts: [part(1, 1000), part(2, 2000)] };
const ofManifest: StoredObject["data"] = { kind: "manifest", uploadId: "u", partCount: 2, manifest: run(500, 700) };

describe("bytesTouched", () => {
  test.for<[what: string, data: StoredObject["data"], size: number, length: number, expected: number]>([
    ["a byte: the whole chunk, whichever end of it", ofRun, 20_000, 1, 1999],
    ["two bytes: the two chunks that they may lie in", ofRun, 20_000, 2, 2000],
    ["the whole object: no more than that", ofRun, 20_000, 20_000, 20_000],
    ["parts: their largest chunk", ofParts, 20_000, 1, 3999],
    ["a manifest: the largest chunk that there is", ofManifest, 2 ** 30, 1, 2 * 2 ** 20 - 1],
    ["an object without bytes: none", { kind: "run", run: run(1, 0) }, 0, 0, 0],
  ])("counts for %s", ([, data, size, length, expected]) => {
    expect(bytesTouched({ data, size }, length)).toBe(expected);
  });
});
