import { expect, test } from "vitest";
import { topFunctions } from "./profile.ts";

const frame = (functionName: string, url = "") => ({ functionName, url, lineNumber: 9 });

test("topFunctions sums the time of each function itself, the idle time left out", () => {
  const profile = {
    nodes: [
      { id: 1, callFrame: frame("(idle)") },
      { id: 2, callFrame: frame("sign", "file:///a/b/c/d/sign.ts") },
      { id: 3, callFrame: frame("", "node:net") },
      { id: 4, callFrame: frame("sign", "file:///a/b/c/d/sign.ts") },
    ],
    samples: [1, 2, 3, 4, 1],
    timeDeltas: [9_000, 2_000, 1_000, 1_000, 5_000],
  };
  expect(topFunctions(profile, 5)).toEqual([
    { name: "sign b/c/d/sign.ts:10", selfMs: 3, share: 0.75 },
    { name: "(anonymous) node:net:10", selfMs: 1, share: 0.25 },
  ]);
  expect(topFunctions(profile, 1)).toHaveLength(1);
});
