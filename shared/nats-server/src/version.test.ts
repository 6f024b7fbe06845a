import { describe, expect, test } from "vitest";
import { compareNatsVersions, isNewEnough, parseNatsVersion } from "./version.ts";

describe("parseNatsVersion", () => {
  test.for([
    ["nats-server: v2.14.0", "2.14.0"],
    ["nats-server: v2.15.1\n", "2.15.1"],
    ["nats-server: v2.12.0-preview.1", "2.12.0"],
    ["2.10.27", "2.10.27"],
    ["nats-server version 2.9.10-1", "2.9.10"],
    ["command not found", undefined],
    ["", undefined],
  ] as const)("reads %j as %s", ([text, version]) => {
    expect(parseNatsVersion(text)).toBe(version);
  });
});

describe("isNewEnough", () => {
  test.for([
    ["2.9.10", false],
    ["2.10.27", false],
    ["2.11.0", true],
    ["2.14.0", true],
    ["3.0.0", true],
    ["1.99.99", false],
  ] as const)("says of %s: %s", ([version, expected]) => {
    expect(isNewEnough(version)).toBe(expected);
  });

  test("compares numbers, not letters", () => {
    expect(compareNatsVersions("2.9.0", "2.10.0")).toBeLessThan(0);
    expect(compareNatsVersions("2.11.2", "2.11.2")).toBe(0);
  });
});
