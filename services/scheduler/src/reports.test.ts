import { expect, test } from "vitest";
import { Reports } from "./reports.ts";

const running = (workloadId: string) => ({ workloadId, state: "WORKLOAD_STATE_RUNNING" as const, message: "" });

test("a complete list makes what it lacks gone, but not what was said after it was asked for", () => {
  let now = 10;
  const reports = new Reports(() => now);
  reports.tell("h", running("old"), 5);
  reports.tell("h", running("new"), 9);
  now = 12;
  reports.tellAll("h", [], { askedAtMs: 7, isComplete: true, expected: ["asked"] });
  expect([...reports.reports].map(([id, { state }]) => [id, state])).toEqual([
    ["old", "WORKLOAD_STATE_NOT_FOUND"],
    ["new", "WORKLOAD_STATE_RUNNING"],
    ["asked", "WORKLOAD_STATE_NOT_FOUND"],
  ]);
});

test("a list that is not complete tells only of what it names and what was asked about", () => {
  const reports = new Reports(() => 10);
  reports.tell("h", running("a"), 5);
  reports.tellAll("h", [], { askedAtMs: 7, isComplete: false, expected: [] });
  expect(reports.reports.get("a")?.state).toBe("WORKLOAD_STATE_RUNNING");
});

test("what ended is forgotten once nothing names it, so that memory does not grow", () => {
  const reports = new Reports(() => 10);
  for (const id of ["kept", "ended", "runs"]) reports.tell("h", running(id), 1);
  reports.tellAll("h", [running("runs")], { askedAtMs: 5, isComplete: true, expected: [] });
  reports.prune((id) => id === "kept");
  expect([...reports.reports.keys()]).toEqual(["kept", "runs"]);
  expect([...reports.idsOn("h")]).toEqual(["kept", "runs"]);
});

test("a call is made once at a time, and after a failure not before its pause is over", () => {
  let now = 0;
  const reports = new Reports(() => now);
  const call = { operation: "start", hostId: "h", workloadId: "w", key: "" } as const;
  expect([reports.begin(call), reports.begin({ ...call, operation: "status" })]).toEqual([true, false]);
  expect(reports.begin({ ...call, operation: "stop" })).toBe(true);
  reports.end(call, 100);
  expect(reports.begin(call)).toBe(false);
  now = 100;
  expect(reports.begin(call)).toBe(true);
});
