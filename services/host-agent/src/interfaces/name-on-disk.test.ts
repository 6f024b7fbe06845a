import { describe, expect, test } from "vitest";
import { nameOfPath, pathOfName } from "./name-on-disk.ts";

describe("names on disk", () => {
  test.for([
    ["plain-key_1.txt", "plain-key_1.txt"],
    ["Upper", "%55pper"],
    ["../../etc/passwd", "%2e.%2f..%2fetc%2fpasswd"],
    [".hidden", "%2ehidden"],
    ["a/b", "a%2fb"],
    ["100%", "100%25"],
    ["ü", "%c3%bc"],
    ["nul\0", "nul%00"],
    ["con:", "con%3a"],
  ] as const)("%j lies at %s", ([name, path]) => {
    expect(pathOfName(name)).toBe(path);
    expect(nameOfPath(path)).toBe(name);
  });

  test("long names are folders, none of whose names is too long", () => {
    const name = "é/".repeat(500);
    const path = pathOfName(name);
    expect(Math.max(...path.split("/").map((segment) => segment.length))).toBeLessThan(255);
    expect(nameOfPath(path)).toBe(name);
  });

  test.for(["%zz", "%ff", "Upper", "x.tmp%", "%2E"])("%s is the path of no name", (path) => {
    expect(nameOfPath(path)).toBeUndefined();
  });
});
