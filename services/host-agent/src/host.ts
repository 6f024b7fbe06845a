/** One host: its workloads, what it says of itself, and the operations that both of its doors (protocol.ts, service.ts) open. */
import type { HostHeartbeat, HostState, WorkloadStartRequest, WorkloadStatus } from "@holdfast/host-protocol";
import type { Logger } from "@holdfast/runtime";
import type { Heartbeats } from "./heartbeat.ts";
import type { Workloads } from "./workloads/workloads.ts";

export type Host = {
  readonly id: string;
  readonly workloads: Workloads;
  readonly state: HostState;
  heartbeat(): Promise<HostHeartbeat>;
  start(request: WorkloadStartRequest): Promise<WorkloadStatus>;
  status(workloadId: string): WorkloadStatus;
  stop(workloadId: string): WorkloadStatus;
  /** Refuses starts from now on and says so; or takes them again. */
  setDraining(isDraining: boolean): Promise<void>;
  /** Refuses starts, ends all workloads once their calls are finished, and says that it is gone. */
  drain(): Promise<void>;
};

export function createHost(id: string, workloads: Workloads, heartbeats: Heartbeats, log: Logger): Host {
  const refusal = `host ${id} is draining: start the workload on another host`;
  const setDraining = async (isDraining: boolean) => {
    if (heartbeats.state === "stopped") return;
    workloads.refuseStarts(isDraining ? refusal : undefined);
    await heartbeats.setState(isDraining ? "draining" : "ready");
    log.info({ draining: isDraining }, "drain");
  };
  return {
    id,
    workloads,
    get state() {
      return heartbeats.state;
    },
    heartbeat: () => heartbeats.read(),
    async start(request) {
      const status = await workloads.start(request);
      const { workloadId, workloadState, message } = status;
      log.info({ workload: workloadId, state: workloadState, reason: message }, "start");
      return status;
    },
    status: (workloadId) => workloads.status(workloadId),
    stop(workloadId) {
      log.info({ workload: workloadId }, "stop");
      return workloads.stop(workloadId);
    },
    setDraining,
    async drain() {
      await setDraining(true);
      await workloads.stopAll();
      heartbeats.stop();
      await heartbeats.setState("stopped");
    },
  };
}
