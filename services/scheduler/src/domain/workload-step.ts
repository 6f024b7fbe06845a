/** A workload that is being decided about: its run as it becomes, and what is said of it. */
import type { Condition } from "@holdfast/contracts";
import { type Said, said, withConditions } from "./conditions.ts";
import type { Report } from "./observed.ts";
import type { Pass } from "./pass.ts";
import { type Incarnation, keyOf, type Run, type WorkloadRecord } from "./records.ts";

/** Written to by one pass; `close` gives the record that comes of it. */
export class WorkloadStep {
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
