/**
 * The life of a workload on this host:
 *
 *   pulling    its images are fetched and it reserves its id; a pull that fails gives the id back
 *   starting   its components are linked, its plugins bound
 *   running    it can be called
 *   restarting its worker was ended or its service failed; it comes back after a pause
 *   completed  its service ended well
 *   failed     it did not start, or came back too often; the id can be used again, and until then it says why
 *   stopping   calls in hand are finished; the id is free already
 *   stopped    nothing is left of it
 */
import type { WorkloadState } from "@holdfast/host-protocol";

const moves = {
  pulling: ["starting", "failed", "stopping"],
  starting: ["running", "failed", "stopping"],
  running: ["restarting", "completed", "failed", "stopping"],
  restarting: ["restarting", "running", "completed", "failed", "stopping"],
  completed: ["stopping"],
  failed: ["stopping"],
  stopping: ["stopped"],
  stopped: [],
} as const;
export type Phase = keyof typeof moves;

const stateOf: Readonly<Record<Phase, WorkloadState>> = {
  pulling: "WORKLOAD_STATE_STARTING",
  starting: "WORKLOAD_STATE_STARTING",
  running: "WORKLOAD_STATE_RUNNING",
  restarting: "WORKLOAD_STATE_STARTING",
  completed: "WORKLOAD_STATE_COMPLETED",
  failed: "WORKLOAD_STATE_ERROR",
  stopping: "WORKLOAD_STATE_STOPPING",
  stopped: "WORKLOAD_STATE_NOT_FOUND",
};

/** Where one workload stands, and why, in words. */
export class LifeCycle {
  #phase: Phase = "pulling";
  #message = "pulling images";

  get phase(): Phase {
    return this.#phase;
  }
  get message(): string {
    return this.#message;
  }
  get state(): WorkloadState {
    return stateOf[this.#phase];
  }

  /** True when it went there. A move that is none (it began to stop meanwhile) changes nothing. */
  move(to: Phase, message: string): boolean {
    const allowed: readonly Phase[] = moves[this.#phase];
    if (!allowed.includes(to)) return false;
    this.#phase = to;
    this.#message = message;
    return true;
  }
}
