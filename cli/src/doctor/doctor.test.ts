import { describe, expect, test } from "vitest";
import { checkDisk, checkNode } from "./machine.ts";
import { judgeSkew } from "./mesh.ts";

describe("holdfast doctor", () => {
  test.for([
    ["v24.21.0", "ok"],
    ["v25.0.0", "ok"],
    ["v20.19.1", "fail"],
  ] as const)("judges Node %s: %s", ([version, state]) => {
    expect(checkNode(version).state).toBe(state);
  });

  test.for([
    [0, "ok", "0.0 s behind"],
    [-1_900, "ok", "1.9 s behind"],
    [3_000, "warn", "3.0 s ahead of"],
    [-16 * 60_000, "fail", "960.0 s behind"],
  ] as const)("judges a clock that is %i ms ahead: %s", ([skewMs, state, found]) => {
    expect(judgeSkew(skewMs)).toMatchObject({ state, found: expect.stringContaining(found) });
  });

  test("looks at the disk that would hold a folder which is not there yet", async () => {
    expect((await checkDisk("/no/such/folder/at/all")).found).toMatch(/free for \/$/);
  });
});
