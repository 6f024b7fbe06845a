/** A host of the simulation: keeps the host protocol's promises, and dies, loses its network or its workloads when told to. */
import { HostHeartbeat, type WorkloadState } from "@holdfast/host-protocol";
import type { Said } from "../../src/reports.ts";

const gibibyte = 1024 ** 3;

export class SimulatedHost {
  readonly id: string;
  readonly group: string;
  isAlive = true;
  /** Nothing comes in or out, what runs goes on. */
  isCutOff = false;
  startedAtMs: number;
  readonly workloads = new Map<string, WorkloadState>();

  constructor(id: string, group: string, now: number) {
    this.id = id;
    this.group = group;
    this.startedAtMs = now;
  }

  get isReachable(): boolean {
    return this.isAlive && !this.isCutOff;
  }

  heartbeat(): HostHeartbeat {
    return HostHeartbeat.parse({
      id: this.id,
      labels: { hostgroup: this.group, "holdfast.dev/state": "ready" },
      startedAt: new Date(this.startedAtMs).toISOString(),
      systemCpuUsage: 20,
      systemMemoryTotal: 64 * gibibyte,
      systemMemoryFree: 48 * gibibyte,
      workloadCount: this.workloads.size,
    });
  }

  die(): void {
    this.isAlive = false;
    this.workloads.clear();
  }

  revive(now: number): void {
    this.isAlive = true;
    this.startedAtMs = now;
  }

  start(workloadId: string, isBroken: boolean): Said {
    if (this.workloads.has(workloadId)) return { workloadId, state: "WORKLOAD_STATE_ERROR", message: "duplicate id" };
    if (isBroken) return { workloadId, state: "WORKLOAD_STATE_ERROR", message: "the image could not be pulled" };
    this.workloads.set(workloadId, "WORKLOAD_STATE_RUNNING");
    return this.status(workloadId);
  }

  stop(workloadId: string): Said {
    const wasThere = this.workloads.delete(workloadId);
    return { workloadId, state: wasThere ? "WORKLOAD_STATE_STOPPING" : "WORKLOAD_STATE_NOT_FOUND", message: "" };
  }

  status(workloadId: string): Said {
    return { workloadId, state: this.workloads.get(workloadId) ?? "WORKLOAD_STATE_NOT_FOUND", message: "" };
  }

  list(): Said[] {
    return [...this.workloads.keys()].map((workloadId) => this.status(workloadId));
  }
}
