/** Lives that have to end: which they are, and how they are crossed out. */
import { type Incarnation, type Leaving, newRun, type Run } from "./records.ts";
import type { WorkloadStep } from "./workload-step.ts";

/** A life on its way out; `isWaiting` until its successor runs. */
export const leave = (life: Incarnation, isWaiting: boolean): Leaving => ({ ...life, isWaiting });

/** The run without the life that should be: the next pass gives it another one. */
export function withoutPlacement(run: Run): Run {
  const { placement: _, runningSinceMs: __, ...rest } = run;
  return { ...rest, phase: "Pending" };
}

/** The run with all of its lives ending. */
export function endAll(run: Run): Run {
  const leaving = run.leaving.map((life) => leave(life, false));
  return { ...withoutPlacement(run), leaving: run.placement ? [...leaving, leave(run.placement, false)] : leaving };
}

/** The run of a workload whose manifest changed: what runs ends, and it starts as if it were new. */
export const startAnew = (run: Run): Run => ({ ...newRun(), leaving: endAll(run).leaving, starts: run.starts });

/** Crosses out what ended, asks for the end of the rest. What a lost host had is noted for its return. */
export function settleLeaving(step: WorkloadStep, run: Run): Run {
  if (run.leaving.length === 0) return run;
  const leaving: Leaving[] = [];
  for (const life of run.leaving) {
    const isHandedOver = life.isWaiting && run.phase === "Running";
    const left = settleOne(step, isHandedOver ? leave(life, false) : life);
    if (left !== undefined) leaving.push(left);
  }
  const isSame = leaving.length === run.leaving.length && leaving.every((life, index) => life === run.leaving[index]);
  return isSame ? run : { ...run, leaving };
}

function settleOne(step: WorkloadStep, life: Leaving): Leaving | undefined {
  const { pass, key } = step;
  const { condition } = pass.hosts.get(life.hostId);
  if (condition === "Stopped") return undefined;
  if (condition === "Gone") {
    pass.orphan(life.hostId, life.workloadId);
    return undefined;
  }
  const state = step.reportOf(life)?.state;
  if (state === "WORKLOAD_STATE_NOT_FOUND" || state === "WORKLOAD_STATE_STOPPING") return undefined;
  if (!life.isWaiting) pass.call({ operation: "stop", hostId: life.hostId, workloadId: life.workloadId, key });
  return life;
}
