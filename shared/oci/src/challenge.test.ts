import { describe, expect, test } from "vitest";
import { parseChallenges } from "./challenge.ts";

describe("parseChallenges", () => {
  test.for([
    [
      'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:a/b:pull"',
      [
        {
          scheme: "bearer",
          parameters: { realm: "https://ghcr.io/token", service: "ghcr.io", scope: "repository:a/b:pull" },
        },
      ],
    ],
    ['Basic realm="a, b"', [{ scheme: "basic", parameters: { realm: "a, b" } }]],
    [
      'Basic realm="x", Bearer realm="y",scope="repository:a:pull,push"',
      [
        { scheme: "basic", parameters: { realm: "x" } },
        { scheme: "bearer", parameters: { realm: "y", scope: "repository:a:pull,push" } },
      ],
    ],
    ["BASIC REALM=plain", [{ scheme: "basic", parameters: { realm: "plain" } }]],
    [String.raw`Bearer realm="a\"b\\c"`, [{ scheme: "bearer", parameters: { realm: String.raw`a"b\c` } }]],
    [
      "Negotiate, Basic realm=x",
      [
        { scheme: "negotiate", parameters: {} },
        { scheme: "basic", parameters: { realm: "x" } },
      ],
    ],
    [
      "Bearer realm = https://x/y , service = z",
      [{ scheme: "bearer", parameters: { realm: "https://x/y", service: "z" } }],
    ],
    ["", []],
    [" , ,", []],
    ['"just a string"', []],
    [
      'Bearer realm="never ends',
      [
        { scheme: "bearer", parameters: {} },
        { scheme: "realm", parameters: {} },
      ],
    ],
  ] as const)("reads %j", ([header, expected]) => {
    expect(parseChallenges(header)).toEqual(expected);
  });

  test("reads a hostile header in no time", () => {
    const started = performance.now();
    parseChallenges(`Bearer ${"a=".repeat(1_000_000)}`);
    parseChallenges(`Bearer realm="${"\\".repeat(1_000_000)}`);
    expect(performance.now() - started).toBeLessThan(500);
  });
});
