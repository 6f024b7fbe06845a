import { expect, test } from "vitest";
import { readOptions, UsageError } from "./options.ts";

test("the defaults are the sizes that the project promises", () => {
  expect(readOptions([])).toMatchObject({ objects: 1_000_000, buckets: 1_000, gib: 10, write: undefined });
  expect(readOptions([]).only).toEqual(["objects", "buckets", "bytes", "shared", "cluster"]);
});

test("sections run in their own order, whatever the order asked for", () => {
  expect(readOptions(["--only", "cluster,objects"]).only).toEqual(["objects", "cluster"]);
});

test.for([
  [["--only", "planets"], "no such section: planets"],
  [["--objects", "10"], "--objects: a whole number from 1000 up"],
  [["--gib", "much"], "--gib: not a positive number: much"],
  [["--bukets", "3"], "--bukets"],
] as const)("refuses %j", ([args, message]) => {
  expect(() => readOptions(args)).toThrow(UsageError);
  expect(() => readOptions(args)).toThrow(message);
});
