import { describe, expect, test } from "vitest";
import { LifeCycle, type Phase } from "./life-cycle.ts";

function after(...phases: readonly Phase[]): LifeCycle {
  const life = new LifeCycle();
  for (const phase of phases) expect(life.move(phase, phase)).toBe(true);
  return life;
}

describe("the life of a workload", () => {
  test.for([
    [[], "WORKLOAD_STATE_STARTING"],
    [["starting"], "WORKLOAD_STATE_STARTING"],
    [["starting", "running"], "WORKLOAD_STATE_RUNNING"],
    [["starting", "running", "restarting"], "WORKLOAD_STATE_STARTING"],
    [["starting", "running", "completed"], "WORKLOAD_STATE_COMPLETED"],
    [["starting", "failed"], "WORKLOAD_STATE_ERROR"],
    [["starting", "running", "stopping"], "WORKLOAD_STATE_STOPPING"],
    [["stopping", "stopped"], "WORKLOAD_STATE_NOT_FOUND"],
  ] as const)("after %j is %s to the outside", ([phases, state]) => {
    expect(after(...phases).state).toBe(state);
  });

  test("stays where it is when a move comes too late", () => {
    const life = after("starting", "running", "stopping");
    expect(life.move("running", "back again")).toBe(false);
    expect(life.move("failed", "crashed")).toBe(false);
    expect(life).toMatchObject({ phase: "stopping", message: "stopping" });
  });

  test("can be stopped from everywhere, once", () => {
    const paths: Phase[][] = [[], ["starting"], ["starting", "failed"], ["starting", "running", "completed"]];
    for (const path of paths) expect(after(...path).move("stopping", "")).toBe(true);
    expect(after("stopping").move("stopping", "")).toBe(false);
  });
});
