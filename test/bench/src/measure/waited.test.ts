import { expect, test } from "vitest";
import { type Span, waitedTrips } from "./waited.ts";

/** `[id, parent, start, end]` in milliseconds; ids with a small letter are round trips, the others work inside a process. */
const spansOf = (...rows: readonly (readonly [string, string, number, number])[]): Span[] =>
  rows.map(([spanId, parentSpanId, start, end]) => ({
    traceId: "t",
    spanId,
    parentSpanId,
    name: spanId,
    isTrip: spanId === spanId.toLowerCase(),
    start: start * 1_000,
    end: end * 1_000,
  }));

test.for([
  ["none without calls", [["EDGE", "root", 0, 10]], 0],
  [
    "a call and the publish inside it",
    [
      ["EDGE", "root", 0, 100],
      ["put", "EDGE", 10, 90],
      ["SERVICE", "put", 20, 80],
      ["publish", "SERVICE", 30, 70],
    ],
    2,
  ],
  [
    "one of two publishes that go out together",
    [
      ["EDGE", "root", 0, 100],
      ["chunk", "EDGE", 10, 50],
      ["record", "EDGE", 11, 60],
    ],
    1,
  ],
  [
    "both of two that follow each other, with one that covers them",
    [
      ["EDGE", "root", 0, 100],
      ["first", "EDGE", 10, 40],
      ["second", "EDGE", 41, 80],
      ["long", "EDGE", 5, 90],
    ],
    2,
  ],
  [
    "nothing that goes on after the answer",
    [
      ["EDGE", "root", 0, 100],
      ["read", "EDGE", 10, 40],
      ["tidy", "EDGE", 50, 300],
    ],
    1,
  ],
] as const)("waitedTrips counts %s", ([, rows, expected]) => {
  expect(waitedTrips(spansOf(...rows), "root")).toBe(expected);
});
