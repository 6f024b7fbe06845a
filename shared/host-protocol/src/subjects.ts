/** Subjects of the host protocol, its timings, and what Holdfast's hosts say beyond it. */

/** Operations of one host, as they stand in its subjects. */
export const hostOperations = ["heartbeat", "workload.start", "workload.status", "workload.stop"] as const;
export type HostOperation = (typeof hostOperations)[number];

/** How long an answer may take. Milliseconds. */
export const answerWithinMs: Readonly<Record<HostOperation, number>> = {
  heartbeat: 5_000,
  "workload.start": 60_000,
  "workload.status": 5_000,
  "workload.stop": 30_000,
};

/** How long the pull of one image may take, which is a part of a start. Milliseconds. */
export const imagePullMs = 30_000;

/** True for what can be the id of a host: one token of a subject. */
export const isHostId = (id: string): boolean => /^[\w-]{1,128}$/.test(id);

/** Where a host is asked: `runtime.host.<id>.workload.start`. Throws a TypeError for an id that is no token of a subject. */
export function hostSubject(hostId: string, operation: HostOperation | ">"): string {
  if (!isHostId(hostId)) throw new TypeError(`${JSON.stringify(hostId)} is no host id: letters, digits, _ and - only`);
  return `runtime.host.${hostId}.${operation}`;
}

/** Where a host publishes its heartbeats. `*`: those of all hosts. */
export const heartbeatSubject = (hostId: string): string => `runtime.operator.heartbeat.${hostId}`;

/**
 * A label of the heartbeats of Holdfast's hosts. `ready`; `draining`: starts are refused, what runs should move elsewhere;
 * `stopped`: the last heartbeat, nothing runs there any more. Hosts of others do not have it and are ready.
 */
export const hostStateLabel = "holdfast.dev/state";
export const hostStates = ["ready", "draining", "stopped"] as const;
export type HostState = (typeof hostStates)[number];
