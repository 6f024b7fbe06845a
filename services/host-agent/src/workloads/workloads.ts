/** All workloads of this host by id, with the answers that the host protocol asks for. */
import type { WorkloadStartRequest, WorkloadState, WorkloadStatus } from "@holdfast/host-protocol";
import { setTimeout as pause } from "node:timers/promises";
import { PullFailed } from "../images/image.ts";
import { BadWorkload, type Manifest, readManifest } from "./manifest.ts";
import { Workload, type WorkloadParts } from "./workload.ts";

export type WorkloadsSettings = {
  readonly maxWorkloads: number;
  readonly memoryLimitMb: number;
  readonly startTimeoutMs: number;
};

/** How many that failed are kept to say why. */
const keptFailures = 200;

export class Workloads {
  readonly #parts: WorkloadParts;
  readonly #settings: WorkloadsSettings;
  readonly #byId = new Map<string, Workload>();
  /** Those that stop: their ids are free. */
  readonly #ending = new Set<Promise<void>>();
  #refusal: string | undefined;

  constructor(parts: WorkloadParts, settings: WorkloadsSettings) {
    this.#parts = parts;
    this.#settings = settings;
  }

  /** Refuses starts with this reason, or takes them again. */
  refuseStarts(reason: string | undefined): void {
    this.#refusal = reason;
  }

  get(workloadId: string): Workload | undefined {
    return this.#byId.get(workloadId);
  }
  list(): Workload[] {
    return [...this.#byId.values()];
  }
  /** Those that run or are about to. */
  get live(): Workload[] {
    return this.list().filter(({ life }) => life.phase !== "failed" && life.phase !== "completed");
  }

  /** Answers when it runs or has failed; one that takes too long goes on and is answered STARTING. */
  async start(request: WorkloadStartRequest): Promise<WorkloadStatus> {
    const { workloadId } = request;
    const refused = (message: string) => statusOf(workloadId, "WORKLOAD_STATE_ERROR", message);
    if (this.#refusal !== undefined) return refused(this.#refusal);
    const known = this.#byId.get(workloadId);
    // the protocol's words: wasmCloud's operator and its tests look for them
    if (known !== undefined && known.life.phase !== "failed") return refused("Workload ID already exists");
    if (this.live.length >= this.#settings.maxWorkloads) {
      return refused(`this host runs ${this.#settings.maxWorkloads} workloads, which is its limit`);
    }
    let manifest: Manifest;
    try {
      manifest = readManifest(request, this.#settings.memoryLimitMb);
    } catch (error) {
      if (error instanceof BadWorkload) return refused(error.message);
      throw error;
    }
    return this.#start(new Workload(manifest, this.#parts));
  }

  status(workloadId: string): WorkloadStatus {
    return (
      this.#byId.get(workloadId)?.status ??
      statusOf(workloadId, "WORKLOAD_STATE_NOT_FOUND", "no such workload on this host")
    );
  }

  /** Begins to stop it; the id is free at once. */
  stop(workloadId: string): WorkloadStatus {
    const workload = this.#byId.get(workloadId);
    if (workload === undefined) return this.status(workloadId);
    this.#byId.delete(workloadId);
    const ending = workload.stop();
    this.#ending.add(ending);
    void ending.finally(() => this.#ending.delete(ending));
    return statusOf(workloadId, "WORKLOAD_STATE_STOPPING", "stopping");
  }

  /** Stops all; resolves when nothing is left of them. */
  async stopAll(): Promise<void> {
    for (const { id } of this.list()) this.stop(id);
    await Promise.all(this.#ending);
  }

  async #start(workload: Workload): Promise<WorkloadStatus> {
    this.#byId.set(workload.id, workload);
    try {
      await workload.pull();
    } catch (error) {
      // A failed pull does not consume the id, unless it was stopped and taken anew meanwhile.
      if (this.#byId.get(workload.id) === workload) this.#byId.delete(workload.id);
      void workload.stop();
      if (error instanceof PullFailed) return statusOf(workload.id, "WORKLOAD_STATE_ERROR", error.message);
      throw error;
    }
    const time = new AbortController();
    const tooLate = pause(this.#settings.startTimeoutMs, undefined, { signal: time.signal }).catch(() => undefined);
    await Promise.race([workload.run(), tooLate]);
    time.abort();
    this.#forgetOldFailures();
    return workload.status;
  }

  #forgetOldFailures(): void {
    const failed = this.list().filter(({ life }) => life.phase === "failed");
    for (const { id } of failed.slice(0, Math.max(0, failed.length - keptFailures))) this.#byId.delete(id);
  }
}

function statusOf(workloadId: string, workloadState: WorkloadState, message: string): WorkloadStatus {
  return { workloadId, workloadState, message };
}
