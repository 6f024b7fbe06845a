/** What is known of the world: hosts by their heartbeats, workloads by what hosts say of them. */
import type { HostHeartbeat, WorkloadState } from "@holdfast/host-protocol";

export type SeenHost = { readonly heartbeat: HostHeartbeat; readonly lastSeenMs: number };

/** What a host last said of a life. */
export type Report = {
  readonly hostId: string;
  readonly state: WorkloadState;
  readonly message: string;
  readonly atMs: number;
};

export type Observed = {
  readonly hosts: ReadonlyMap<string, SeenHost>;
  /** By workload id. */
  readonly reports: ReadonlyMap<string, Report>;
  /** Life -> why its host could not be asked about it. */
  readonly troubles: ReadonlyMap<string, string>;
  /** Since when heartbeats are listened to: a host not heard of since then may have been silent before. */
  readonly listeningSinceMs: number;
  /** Calls under way, as `callKey` names them. */
  readonly calling: Pick<ReadonlySet<string>, "has">;
  /** The view that goes with this was read after this time: reports until then are of lives that it knows, if anybody does. */
  readonly asOfMs: number;
};

/** Something to ask a host. Repeated until a report says that it was done. */
export type HostCall = {
  readonly operation: "start" | "stop" | "status";
  readonly hostId: string;
  readonly workloadId: string;
  /** Of the workload, for `start`. */
  readonly key: string;
};

/** A start that is under way keeps the questions about its state back; a stop does not wait for it. */
export const callKey = ({ operation, workloadId }: Pick<HostCall, "operation" | "workloadId">): string =>
  `${operation === "stop" ? "stop" : "run"} ${workloadId}`;
