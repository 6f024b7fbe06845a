/**
 * One workload, one step nearer to running. Pure: what is kept and what is seen in, what shall be kept and what hosts are to be
 * asked out. A life on a host is written down before that host is asked to start it, and crossed out only when the host said that
 * it ended, so that a leader who takes over in the middle knows where everything may be running.
 */
import type { Condition } from "@holdfast/contracts";
import { backOffMs } from "./back-off.ts";
import { type Said, said, withConditions } from "./conditions.ts";
import type { Pass } from "./pass.ts";
import type { Report } from "./observed.ts";
import type { NoPlace } from "./placement.ts";
import { type Incarnation, keyOf, type Leaving, newRun, type Run, type WorkloadRecord } from "./records.ts";

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

/** A workload that is being decided about. */
class WorkloadStep {
  readonly record: WorkloadRecord;
  readonly pass: Pass;
  readonly key: string;
  run: Run;
  readonly #said: Said[] = [];

  constructor(record: WorkloadRecord, pass: Pass) {
    this.record = record;
    this.pass = pass;
    this.key = keyOf(record);
    this.run = record.run;
  }

  say(type: string, status: Condition["status"], reason: string, message: string): void {
    this.#said.push(said(type, status, reason, message));
  }

  event(type: "Normal" | "Warning", reason: string, message: string): void {
    this.pass.event(this.record, type, reason, message);
  }

  reportOf(life: Incarnation): Report | undefined {
    const report = this.pass.observed.reports.get(life.workloadId);
    return report?.hostId === life.hostId ? report : undefined;
  }

  /** With the phase that follows from the run. */
  close(): WorkloadRecord {
    const { phase, retryAtMs, failures } = this.run;
    if (isUnheard(this.run, this.pass)) {
      this.say("Ready", "Unknown", "HostSilent", "nobody knows whether it runs");
      return this.finish("Unknown", this.#said);
    }
    const isReady = isServing(this.run, this.pass);
    const shown = phase === "Pending" && failures > 0 && retryAtMs !== undefined ? "BackOff" : phase;
    this.say("Ready", isReady ? "True" : "False", isReady ? "Running" : shown, readyWords(this.run, isReady));
    return this.finish(shown, this.#said);
  }

  finish(phase: string, sayings: readonly Said[]): WorkloadRecord {
    const { status, generation } = this.record;
    const { placement, starts } = this.run;
    const host = placement && this.pass.hosts.get(placement.hostId).seen?.heartbeat;
    const { hostId: _, workloadId: __, environment: before, ...kept } = status;
    const environment = host?.environment || before;
    return {
      ...this.record,
      run: this.run,
      status: {
        ...kept,
        phase,
        conditions: withConditions(status.conditions, sayings, this.pass.now),
        observedGeneration: generation,
        restarts: Math.max(0, starts - 1),
        ...(placement && { hostId: placement.hostId, workloadId: placement.workloadId }),
        ...(placement && environment && { environment }),
      },
    };
  }
}

function readyWords({ phase, failures, lastFailure, placement }: Run, isReady: boolean): string {
  if (isReady) return "it runs";
  if (phase === "Completed") return "its service ended well";
  if (lastFailure !== undefined) return `it failed${failures > 1 ? ` ${failures} times in a row` : ""}: ${lastFailure}`;
  return placement ? `host ${placement.hostId} is starting it` : "it has no host yet";
}

type Seen = Pick<Pass, "observed" | "hosts">;

/** It stays on a host that nobody hears of. */
const isUnheard = ({ placement }: Run, { hosts }: Pick<Seen, "hosts">): boolean =>
  placement !== undefined && hosts.get(placement.hostId).condition === "Gone";

/** Whether some life of it serves at this moment. */
export function isServing(run: Run, { observed, hosts }: Seen): boolean {
  if (run.phase === "Running" && run.placement !== undefined) return !isUnheard(run, { hosts });
  return run.leaving.some(
    (life) =>
      life.isWaiting &&
      hosts.get(life.hostId).condition !== "Gone" &&
      observed.reports.get(life.workloadId)?.state === "WORKLOAD_STATE_RUNNING",
  );
}

const leave = (life: Incarnation, isWaiting: boolean): Leaving => ({ ...life, isWaiting });

function withoutPlacement(run: Run): Run {
  const { placement: _, runningSinceMs: __, ...rest } = run;
  return { ...rest, phase: "Pending" };
}

function endAll(run: Run): Run {
  const leaving = run.leaving.map((life) => leave(life, false));
  return { ...withoutPlacement(run), leaving: run.placement ? [...leaving, leave(run.placement, false)] : leaving };
}

/** The run of a workload whose manifest changed: what runs ends, and it starts as if it were new. */
export const startAnew = (run: Run): Run => ({ ...newRun(), leaving: endAll(run).leaving, starts: run.starts });

/** Crosses out what ended, asks for the end of the rest. What a lost host had is noted for its return. */
function settleLeaving(step: WorkloadStep, run: Run): Run {
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
