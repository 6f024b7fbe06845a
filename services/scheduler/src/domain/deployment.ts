/**
 * One deployment: which template its replica sets should have and how many replicas each. RollingUpdate starts new ones first, up to a
 * quarter more than asked for, and ends an old one for each that runs; only when there is no room for a further one it goes down, and
 * then to one less than asked for, never below. Recreate ends all of the old ones first.
 */
import type { WorkloadDeployment } from "@holdfast/manifests";
import { type Said, said, withConditions } from "./conditions.ts";
import type { Pass } from "./pass.ts";
import { type DeploymentRecord, newBase, type ReplicaSetRecord, type WorkloadRecord } from "./records.ts";
import { readyCount, reasonOf } from "./replica-set.ts";
import { effectiveTemplate, templateHash } from "./template.ts";

/** Replica sets kept to roll back to. */
const keptRollouts = 10;
/** Characters of a deployment's name that its replica sets' names begin with: with the hash they stay below 253. */
const namePrefix = 200;

/** A replica set with its workloads; `children` without those that are being deleted. */
export type OwnedSet = {
  readonly record: ReplicaSetRecord;
  readonly children: readonly WorkloadRecord[];
  /** Children that are on their way out. */
  readonly ending: number;
};

export type Deployed = {
  /** Undefined when nothing of it is left. */
  readonly record: DeploymentRecord | undefined;
  /** Changed and new ones. */
  readonly sets: readonly ReplicaSetRecord[];
};

export function reconcileDeployment(
  record: DeploymentRecord,
  owned: readonly OwnedSet[],
  pass: Pass,
  newUid: () => string,
): Deployed {
  if (record.isDeleting) return remove(record, owned);
  const { namespace } = record.manifest.metadata;
  const effective = effectiveTemplate(record, (name) => pass.view.get("Artifact", namespace, name)?.record);
  if ("waitingFor" in effective) return wait(record, owned, effective.waitingFor, pass);
  const name = `${record.manifest.metadata.name.slice(0, namePrefix)}-${templateHash(effective.template)}`;
  const existing = owned.find((set) => set.record.manifest.metadata.name === name);
  if (existing?.record.isDeleting)
    return wait(record, owned, `an earlier replica set ${name} is still being removed`, pass);
  const newest = Math.max(0, ...owned.map((set) => set.record.rollout));
  const current: OwnedSet = existing ?? {
    record: newReplicaSet(record, effective.template, name, newUid(), pass.now),
    children: [],
    ending: 0,
  };
  const isNewRollout = current.record.rollout !== newest || newest === 0;
  const rollout = isNewRollout ? newest + 1 : newest;
  if (isNewRollout) pass.event(record, "Normal", "RollingOut", `rollout ${rollout}: replica set ${name}`);
  const olds = owned.filter((set) => set !== existing);
  const replicas = targets(record.manifest, current, olds, pass);
  const sets = [
    { ...withReplicas(current.record, replicas.current), rollout, isRecreate: isRecreate(record.manifest) },
    ...retire(olds.map((set) => ({ set, replicas: replicas.olds.get(set) ?? 0 }))),
  ];
  return { record: withFigures(record, current, olds, rollout, pass), sets };
}

const isRecreate = ({ spec }: WorkloadDeployment) => spec.deployPolicy === "Recreate";

function remove(record: DeploymentRecord, owned: readonly OwnedSet[]): Deployed {
  if (owned.length === 0) return { record: undefined, sets: [] };
  const sets = owned.map((set) => ({ ...set.record, isDeleting: true }));
  return { record: { ...record, status: { ...record.status, phase: "Terminating" } }, sets };
}

/** What runs goes on running while there is nothing to roll out yet. */
function wait(record: DeploymentRecord, owned: readonly OwnedSet[], message: string, pass: Pass): Deployed {
  const sayings = [said("Artifact", "False", "Waiting", message), said("Ready", "False", "Waiting", message)];
  const conditions = withConditions(record.status.conditions, sayings, pass.now);
  const isRunning = owned.some(({ children }) => children.length > 0);
  const phase = isRunning ? record.status.phase : "Pending";
  return { record: { ...record, status: { ...record.status, phase, conditions } }, sets: [] };
}

function newReplicaSet(
  owner: DeploymentRecord,
  template: ReplicaSetRecord["manifest"]["spec"]["template"],
  name: string,
  uid: string,
  now: number,
): ReplicaSetRecord {
  const { namespace } = owner.manifest.metadata;
  return {
    ...newBase(uid, now),
    manifest: {
      apiVersion: owner.manifest.apiVersion,
      kind: "WorkloadReplicaSet",
      metadata: { name, namespace, labels: template.labels, annotations: {} },
      spec: { replicas: 0, template },
    },
    owner: { kind: "WorkloadDeployment", name: owner.manifest.metadata.name, uid: owner.uid },
    rollout: 0,
    isRecreate: isRecreate(owner.manifest),
  };
}

function withReplicas(record: ReplicaSetRecord, replicas: number): ReplicaSetRecord {
  const { manifest } = record;
  if (manifest.spec.replicas === replicas) return record;
  const spec = { ...manifest.spec, replicas };
  return { ...record, generation: record.generation + 1, manifest: { ...manifest, spec } };
}

type Targets = { readonly current: number; readonly olds: ReadonlyMap<OwnedSet, number> };

function targets(manifest: WorkloadDeployment, current: OwnedSet, olds: readonly OwnedSet[], pass: Pass): Targets {
  const wanted = manifest.spec.replicas;
  const living = olds.filter(({ children }) => children.length > 0);
  if (isRecreate(manifest)) {
    const isClear = olds.every(({ children, ending }) => children.length + ending === 0);
    return { current: isClear ? wanted : 0, olds: new Map() };
  }
  if (living.length === 0) return { current: wanted, olds: new Map() };
  const oldCount = living.reduce((sum, { children }) => sum + children.length, 0);
  const surge = Math.max(1, Math.ceil(wanted / 4));
  const room = Math.max(0, wanted + surge - oldCount);
  const upTo = Math.min(wanted, Math.max(current.record.manifest.spec.replicas, room));
  return { current: upTo, olds: shrink(living, keep(wanted, current, living, pass)) };
}

/** How many of the old ones stay. */
function keep(wanted: number, current: OwnedSet, olds: readonly OwnedSet[], pass: Pass): number {
  const oldReady = olds.reduce((sum, { children }) => sum + readyCount(children, pass), 0);
  const ready = oldReady + readyCount(current.children, pass);
  const floor = lacksRoom(current) ? wanted - 1 : wanted;
  // what does not run is no use: it goes first
  return oldReady - Math.min(oldReady, Math.max(0, ready - Math.max(0, floor)));
}

function lacksRoom({ children }: OwnedSet): boolean {
  return children.some(({ status }) => status.conditions.some(({ reason }) => reason === "InsufficientCapacity"));
}

/** The newest sets keep theirs. */
function shrink(olds: readonly OwnedSet[], total: number): Map<OwnedSet, number> {
  let left = total;
  const replicas = new Map<OwnedSet, number>();
  for (const set of olds.toSorted((a, b) => b.record.rollout - a.record.rollout)) {
    const kept = Math.min(left, set.children.length);
    replicas.set(set, kept);
    left -= kept;
  }
  return replicas;
}

/** Old sets with their new number of replicas; the oldest of those that are empty go. */
function retire(olds: readonly { set: OwnedSet; replicas: number }[]): ReplicaSetRecord[] {
  const empty = olds.filter(({ set, replicas }) => replicas === 0 && set.children.length + set.ending === 0);
  const byAge = empty.toSorted((a, b) => b.set.record.rollout - a.set.record.rollout);
  const surplus = new Set(byAge.slice(keptRollouts).map(({ set }) => set));
  return olds.map(({ set, replicas }) => {
    const record = withReplicas(set.record, replicas);
    return surplus.has(set) ? { ...record, isDeleting: true } : record;
  });
}

function withFigures(
  record: DeploymentRecord,
  current: OwnedSet,
  olds: readonly OwnedSet[],
  rollout: number,
  pass: Pass,
): DeploymentRecord {
  const expected = record.manifest.spec.replicas;
  const children = [current, ...olds].flatMap((set) => set.children);
  const ready = readyCount(children, pass);
  const updated = readyCount(current.children, pass);
  const oldCount = children.length - current.children.length;
  const isDone = updated >= expected && oldCount === 0;
  return {
    ...record,
    status: {
      ...record.status,
      phase: isDone ? "Running" : "Progressing",
      observedGeneration: record.generation,
      rollout,
      replicas: { expected, current: children.length, ready, unavailable: Math.max(0, expected - ready), updated },
      conditions: withConditions(
        record.status.conditions,
        sayingsOf({ expected, ready, updated, oldCount, hint: reasonOf(current.children) }),
        pass.now,
      ),
    },
  };
}

type Figures = { expected: number; ready: number; updated: number; oldCount: number; hint: string };

function sayingsOf({ expected, ready, updated, oldCount, hint }: Figures): Said[] {
  const isReady = ready >= expected;
  const isDone = updated >= expected && oldCount === 0;
  const progress = `${updated} of ${expected} new ones run, ${oldCount} old ones are left${hint}`;
  return [
    said("Artifact", "True", "Resolved", "all images are known"),
    said(
      "Progressing",
      isDone ? "False" : "True",
      isDone ? "Complete" : "RollingOut",
      isDone ? "rolled out" : progress,
    ),
    said(
      "Ready",
      isReady ? "True" : "False",
      isReady ? "Running" : "Progressing",
      `${ready} of ${expected} run${isReady ? "" : hint}`,
    ),
  ];
}
