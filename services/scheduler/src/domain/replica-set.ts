/** One replica set: makes workloads until there are enough, ends those that are too many. */
import { deploymentAnnotation } from "@holdfast/host-protocol";
import { said, withConditions } from "./conditions.ts";
import type { Pass } from "./pass.ts";
import { newBase, newRun, type ReplicaSetRecord, type WorkloadRecord } from "./records.ts";
import { isServing } from "./workload-step.ts";

export type Scaled = {
  readonly record: ReplicaSetRecord;
  readonly made: readonly WorkloadRecord[];
  readonly ended: readonly WorkloadRecord[];
};

/** A figure for status: 0 is the first to go when there are too many. */
function worth(workload: WorkloadRecord, pass: Pass): number {
  const { run } = workload;
  if (run.placement === undefined) return run.failures > 0 ? 0 : 1;
  if (pass.hosts.get(run.placement.hostId).condition !== "Ready") return 2;
  return isServing(run, pass) ? 4 : 3;
}

/** The least useful first: what does not run, then on the fullest hosts, then the youngest. */
function byWorth(children: readonly WorkloadRecord[], pass: Pass): WorkloadRecord[] {
  const crowd = new Map<string, number>();
  for (const { run } of children) {
    const hostId = run.placement?.hostId ?? "";
    crowd.set(hostId, (crowd.get(hostId) ?? 0) + 1);
  }
  const crowdOf = ({ run }: WorkloadRecord) => crowd.get(run.placement?.hostId ?? "") ?? 0;
  const ranked = children.map((child) => ({ child, worth: worth(child, pass), crowd: crowdOf(child) }));
  ranked.sort((a, b) => a.worth - b.worth || b.crowd - a.crowd || b.child.createdAt - a.child.createdAt);
  return ranked.map(({ child }) => child);
}

function newWorkload(owner: ReplicaSetRecord, uid: string, now: number): WorkloadRecord {
  const { metadata, spec } = owner.manifest;
  const { labels } = spec.template;
  const annotations = { ...spec.template.annotations, [deploymentAnnotation]: owner.owner?.name ?? metadata.name };
  return {
    ...newBase(uid, now),
    manifest: {
      apiVersion: owner.manifest.apiVersion,
      kind: "Workload",
      metadata: { name: `${metadata.name}-${uid.slice(-8)}`, namespace: metadata.namespace, labels, annotations },
      spec: spec.template.spec,
    },
    owner: { kind: "WorkloadReplicaSet", name: metadata.name, uid: owner.uid },
    run: newRun(),
    isRecreate: owner.isRecreate,
  };
}

/** Workloads made in one go by one replica set. */
const maxMade = 500;

/** Brings the number of workloads to what the replica set wants. `children` are those that are not being deleted. */
export function scaleReplicaSet(
  record: ReplicaSetRecord,
  children: readonly WorkloadRecord[],
  pass: Pass,
  newUid: () => string,
): Scaled {
  const wanted = record.isDeleting ? 0 : record.manifest.spec.replicas;
  const missing = Math.min(maxMade, Math.max(0, wanted - children.length));
  const made = Array.from({ length: missing }, () => newWorkload(record, newUid(), pass.now));
  const ended = children.length > wanted ? byWorth(children, pass).slice(0, children.length - wanted) : [];
  if (made.length > 0) pass.event(record, "Normal", "ScalingUp", `${made.length} more for ${wanted} in all`);
  if (ended.length > 0) pass.event(record, "Normal", "ScalingDown", `${ended.length} fewer for ${wanted} in all`);
  return { record: withFigures(record, children, pass), made, ended };
}

/** How many run. */
export const readyCount = (children: readonly WorkloadRecord[], pass: Pass): number =>
  children.reduce((sum, { run }) => sum + (isServing(run, pass) ? 1 : 0), 0);

function withFigures(record: ReplicaSetRecord, children: readonly WorkloadRecord[], pass: Pass): ReplicaSetRecord {
  const expected = record.manifest.spec.replicas;
  const ready = readyCount(children, pass);
  const { conditions } = record.status;
  const isReady = ready >= expected;
  const message = isReady ? `${ready} of ${expected} run` : `${ready} of ${expected} run${reasonOf(children)}`;
  const sayings = [said("Ready", isReady ? "True" : "False", isReady ? "Running" : "Progressing", message)];
  return {
    ...record,
    status: {
      ...record.status,
      phase: record.isDeleting ? "Terminating" : isReady ? "Running" : "Progressing",
      observedGeneration: record.generation,
      rollout: record.rollout,
      replicas: {
        expected,
        current: children.length,
        ready,
        unavailable: Math.max(0, expected - ready),
        updated: children.length,
      },
      conditions: withConditions(conditions, sayings, pass.now),
    },
  };
}

const failedOften = (failures: number): string => (failures > 1 ? ` failed ${failures} times in a row` : "");

/** What holds back the first one that does not run: enough to know where to look. */
export function reasonOf(children: readonly WorkloadRecord[]): string {
  for (const { status, run, manifest } of children) {
    if (status.phase === "Running") continue;
    const blocking = status.conditions.find(
      ({ type, status: is, reason }) =>
        is !== "True" && type !== "Ready" && type !== "Placement" && reason !== "Starting",
    );
    const hint = blocking?.message ?? run.lastFailure;
    if (hint !== undefined) return `; ${manifest.metadata.name}${failedOften(run.failures)}: ${hint}`;
  }
  return "";
}
