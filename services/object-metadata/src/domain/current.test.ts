import { isMeshError } from "@holdfast/micro";
import { describe, expect, test } from "vitest";
import { checkConditions, type Current } from "./current.ts";

const none: Current = { sequence: 0, state: "none" };
const deleted: Current = { sequence: 5, state: "deleted" };
const object: Current = { sequence: 7, state: "object", etag: "e" };
const link: Current = { sequence: 8, state: "other" };

function verdict(conditions: Parameters<typeof checkConditions>[0], current: Current): string {
  try {
    checkConditions(conditions, current);
    return "goes on";
  } catch (error) {
    return isMeshError(error) ? error.code : String(error);
  }
}

describe("checkConditions", () => {
  test.for([
    [{}, object, "goes on"],
    [{ ifNoneMatch: "*" }, none, "goes on"],
    [{ ifNoneMatch: "*" }, deleted, "goes on"],
    [{ ifNoneMatch: "*" }, object, "PreconditionFailed"],
    [{ ifNoneMatch: "*" }, link, "PreconditionFailed"],
    [{ ifMatch: "e" }, object, "goes on"],
    [{ ifMatch: "*" }, object, "goes on"],
    [{ ifMatch: "x" }, object, "PreconditionFailed"],
    [{ ifMatch: "x" }, deleted, "NoSuchKey"],
    [{ ifMatch: "*" }, none, "NoSuchKey"],
    [{ expectedSequence: 0 }, none, "goes on"],
    [{ expectedSequence: 0 }, deleted, "ConditionalRequestConflict"],
    [{ expectedSequence: 5 }, deleted, "goes on"],
    [{ expectedSequence: 4 }, deleted, "ConditionalRequestConflict"],
    [{ expectedSequence: 0 }, object, "ConditionalRequestConflict"],
    [{ expectedSequence: 7 }, object, "goes on"],
  ] as const)("%o on top of %o: %s", ([conditions, current, expected]) => {
    expect(verdict(conditions, current)).toBe(expected);
  });
});
