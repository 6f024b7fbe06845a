import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { StreamedHash } from "./streamed-hash.ts";

describe.for(["md5", "sha1", "sha256"] as const)("StreamedHash of %s", (algorithm) => {
  test.for([
    ["nothing", []],
    ["one piece", ["hello"]],
    ["one empty piece", [""]],
    ["several pieces", ["he", "", "l", "lo"]],
  ] as const)("is the hash of %s", ([, pieces]) => {
    const streamed = new StreamedHash(algorithm);
    for (const piece of pieces) streamed.update(Buffer.from(piece));
    expect(streamed.digest()).toEqual(createHash(algorithm).update(pieces.join("")).digest());
  });
});
