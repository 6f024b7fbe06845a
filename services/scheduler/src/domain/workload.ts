/**
 * One workload, one step nearer to running. Pure: what is kept and what is seen in, what shall be kept and what hosts are to be
 * asked out. A life on a host is written down before that host is asked to start it, and crossed out only when the host said that
 * it ended, so that a leader who takes over in the middle knows where everything may be running.
 */
import { backOffMs } from "./back-off.ts";
import { said } from "./conditions.ts";
import { endAll, leave, settleLeaving, withoutPlacement } from "./leaving.ts";
import type { Pass } from "./pass.ts";
import type { Report } from "./observed.ts";
import type { NoPlace } from "./placement.ts";
import type { Incarnation, Run, WorkloadRecord } from "./records.ts";
import { WorkloadStep } from "./workload-step.ts";

/** A life that does not get beyond STARTING is given up after this. Milliseconds. */
const startLimitMs = 300_000;
/** Failures are forgiven after it ran for so long. Milliseconds. */
const forgiveAfterMs = 300_000;
/** Why there is no host is put into words anew no oftener than this: the figures change with every heartbeat. Milliseconds. */
const explainEveryMs = 30_000;

/** The next state; undefined when nothing of it is left and it is to be removed. */
export function reconcileWorkload(record: WorkloadRecord, pass: Pass): WorkloadRecord | undefined {
  const step = new WorkloadStep(record, pass);
  step.run = settleLeaving(step, record.isDeleting ? endAll(record.run) : record.run);
  if (record.isDeleting) {
    if (step.run.leaving.length === 0) return undefined;
    return step.finish("Terminating", [said("Ready", "False", "Terminating", "waiting for its host to stop it")]);
  }
  // a workload of its own whose service ended well is done
  const isDone = step.run.phase === "Completed" && record.owner === undefined;
  if (step.run.placement !== undefined && !isDone) watchPlacement(step, step.run.placement);
  if (step.run.placement === undefined) place(step);
  return step.close();
}

/** What became of the life that should be: it goes on, or it makes room for a next one. */
function watchPlacement(step: WorkloadStep, life: Incarnation): void {
  const { condition } = step.pass.hosts.get(life.hostId);
  if (condition === "Gone" && !step.pass.hosts.hasReady) return stayUnheard(step, life);
  if (condition === "Gone" || condition === "Stopped") return loseHost(step, life, condition);
  if (condition === "Draining" && moveAway(step, life)) return;
  step.say("HostSelection", "True", "Selected", `host ${life.hostId}`);
  step.say("Placement", "True", "Placed", `as ${life.workloadId}`);
  const report = step.reportOf(life);
  if (report === undefined) {
    const trouble = step.pass.observed.troubles.get(life.workloadId);
    if (trouble !== undefined) {
      step.say("Sync", "Unknown", "HostUnreachable", `host ${life.hostId} cannot be asked: ${trouble}`);
    }
    step.pass.call({ operation: "status", hostId: life.hostId, workloadId: life.workloadId, key: step.key });
    return;
  }
  followReport(step, life, report);
}

function followReport(step: WorkloadStep, life: Incarnation, { state, message }: Report): void {
  const { pass, run } = step;
  switch (state) {
    case "WORKLOAD_STATE_RUNNING":
      return becomeRunning(step, life, message);
    case "WORKLOAD_STATE_COMPLETED":
      return becomeCompleted(step, life);
    case "WORKLOAD_STATE_STARTING":
    case "WORKLOAD_STATE_UNSPECIFIED":
      step.say("Sync", "Unknown", "Starting", message || "the host is starting it");
      if (pass.now - life.sinceMs > startLimitMs)
        failed(step, life, `it did not start within ${startLimitMs / 1_000} s`);
      return undefined;
    case "WORKLOAD_STATE_NOT_FOUND":
      if (run.phase !== "Placed") return failed(step, life, "it is no longer on its host (did the host start anew?)");
      return pass.call({ operation: "start", hostId: life.hostId, workloadId: life.workloadId, key: step.key });
    case "WORKLOAD_STATE_STOPPING":
      return failed(step, life, "it was stopped on its host by somebody else");
    case "WORKLOAD_STATE_ERROR":
      return failed(step, life, message || "the host gave no reason");
  }
}

function becomeRunning(step: WorkloadStep, life: Incarnation, message: string): void {
  const { run, pass } = step;
  // what else a host has to say: interfaces that it does not have and nothing imports, a worker that was started anew
  const says = message === "" || message === "running" ? "" : `: ${message}`;
  step.say("Sync", "True", "Running", `the host runs it${says}`);
  if (run.phase !== "Running") {
    step.event("Normal", "Started", `runs on host ${life.hostId}`);
    const { retryAtMs: _, ...rest } = run;
    step.run = { ...rest, phase: "Running", runningSinceMs: pass.now };
  } else if (run.failures > 0 && pass.now - (run.runningSinceMs ?? pass.now) > forgiveAfterMs) {
    const { lastFailure: _, failedHostId: __, ...rest } = run;
    step.run = { ...rest, failures: 0 };
  }
}

/** A service that ended well: what a replica set owns starts again, after a while. */
function becomeCompleted(step: WorkloadStep, life: Incarnation): void {
  step.say("Sync", "True", "Completed", "its service ended well");
  if (step.run.phase !== "Completed") step.event("Normal", "Completed", `its service ended on host ${life.hostId}`);
  step.run = { ...step.run, phase: "Completed" };
  if (step.record.owner !== undefined) failed(step, life, "its service ended");
}

function failed(step: WorkloadStep, life: Incarnation, message: string): void {
  const { run, pass, record } = step;
  const failures = run.failures + 1;
  const waitMs = backOffMs(failures, record.uid);
  step.say("Sync", "False", "Failed", message);
  step.event("Warning", "Failed", `${message} (host ${life.hostId}, failure ${failures} in a row)`);
  const isThere = step.reportOf(life)?.state !== "WORKLOAD_STATE_NOT_FOUND";
  step.run = {
    ...withoutPlacement(run),
    failures,
    retryAtMs: pass.now + waitMs,
    lastFailure: message,
    failedHostId: life.hostId,
    leaving: isThere ? [...run.leaving, leave(life, false)] : run.leaving,
  };
}

/** Nobody is heard of: more likely the network than all hosts, and there is no place to go. What still runs must not end for that. */
function stayUnheard(step: WorkloadStep, { hostId }: Incarnation): void {
  const message = `host ${hostId} has been silent for too long, and there is no other one to move to: it stays`;
  step.say("HostSelection", "False", "HostSilent", message);
}

function loseHost(step: WorkloadStep, life: Incarnation, condition: "Gone" | "Stopped"): void {
  const words = condition === "Gone" ? "has been silent for too long" : "has stopped";
  step.event("Warning", "HostLost", `host ${life.hostId} ${words}: it moves`);
  if (condition === "Gone") step.pass.orphan(life.hostId, life.workloadId);
  step.run = withoutPlacement(step.run);
}

/** Off a draining host: first the new place, then the end here; the other way round when two lives must not overlap. */
function moveAway(step: WorkloadStep, life: Incarnation): boolean {
  const { run, record } = step;
  if (record.manifest.spec.hostId === life.hostId) return false;
  if (record.isRecreate || run.phase !== "Running") {
    step.event("Normal", "Moving", `host ${life.hostId} is being drained`);
    step.run = { ...withoutPlacement(run), leaving: [...run.leaving, leave(life, false)] };
    return true;
  }
  const from = { ...withoutPlacement(run), leaving: [...run.leaving, leave(life, true)] };
  const moved = tryPlace(step, from);
  if (moved === undefined) return false;
  step.event("Normal", "Moving", `host ${life.hostId} is being drained`);
  step.run = moved;
  return true;
}

function place(step: WorkloadStep): void {
  const { run, pass, record } = step;
  if (run.retryAtMs !== undefined && pass.now < run.retryAtMs) {
    const until = new Date(run.retryAtMs).toISOString();
    step.say("Placement", "False", "BackOff", `waiting until ${until} after failure ${run.failures} in a row`);
    return;
  }
  if (record.isRecreate && run.leaving.length > 0) {
    step.say("Placement", "False", "Stopping", "waiting for the end of its life on another host");
    return;
  }
  const placed = tryPlace(step, run);
  if (placed !== undefined) step.run = placed;
}

/** The run with a new life; undefined when there is no place, which the conditions then explain. */
function tryPlace(step: WorkloadStep, run: Run): Run | undefined {
  const { pass, record } = step;
  const missing = pass.missingConfig(record.manifest);
  if (missing !== undefined) {
    step.say("Config", "False", "NotFound", missing);
    step.say("Placement", "False", "WaitingForConfig", missing);
    return undefined;
  }
  step.say("Config", "True", "Complete", "all it refers to is there");
  const chosen = pass.choose(record, run.failedHostId);
  if (chosen === undefined) return undefined;
  if (!("hostId" in chosen)) {
    explain(step, chosen);
    return undefined;
  }
  const starts = run.starts + 1;
  step.event("Normal", "Scheduled", `placed on host ${chosen.hostId}`);
  step.say("HostSelection", "True", "Selected", `host ${chosen.hostId}`);
  step.say("Placement", "True", "Placed", `as ${record.uid}-${starts}`);
  step.say("Sync", "Unknown", "Starting", "its host is asked to start it");
  const placement = { hostId: chosen.hostId, workloadId: `${record.uid}-${starts}`, sinceMs: pass.now };
  return { ...run, phase: "Placed", placement, starts };
}

function explain(step: WorkloadStep, { reason, message }: NoPlace): void {
  const { run, pass, record } = step;
  const before = record.status.conditions.find(({ type }) => type === "HostSelection");
  const isNew = before?.reason !== reason;
  if (isNew) step.event("Warning", reason, message);
  const isDue = isNew || pass.now - (run.explainedAtMs ?? 0) >= explainEveryMs;
  if (isDue && before?.message !== message) step.run = { ...step.run, explainedAtMs: pass.now };
  step.say("HostSelection", "False", reason, isDue ? message : before.message);
  step.say("Placement", "False", "NoHost", "it waits for a host");
}
