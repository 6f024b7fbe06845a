/**
 * The reconciler: what is kept and what is seen in; what shall be written, what hosts are to be asked, what happened out. Pure
 * and level-triggered: it looks at the whole picture each time and never relies on having seen a change.
 */
import { isDeepStrictEqual } from "node:util";
import type { Write } from "../object-store.ts";
import { type OwnedSet, reconcileDeployment } from "./deployment.ts";
import { HostTable } from "./host-table.ts";
import { settleHosts, stopStrays } from "./lost-lives.ts";
import type { HostCall, Observed } from "./observed.ts";
import { type NewEvent, Pass } from "./pass.ts";
import { Placement, type PlacementRules } from "./placement.ts";
import { groupOf, keyOf, ownerKey, type ReplicaSetRecord, type StoredRecord, type WorkloadRecord } from "./records.ts";
import { scaleReplicaSet } from "./replica-set.ts";
import type { View } from "./view.ts";
import { reconcileWorkload } from "./workload.ts";

export type ReconcileRules = PlacementRules & {
  /** So that a pass stays short whatever there is to place. */
  readonly maxPlacements: number;
};

export type Plan = {
  /** In this order; each only if those before it were made. */
  readonly writes: readonly Write[];
  /** About what was written before this pass. */
  readonly calls: readonly HostCall[];
  readonly events: readonly NewEvent[];
};

export function reconcile(
  view: View,
  observed: Observed,
  now: number,
  rules: ReconcileRules,
  newUid: () => string,
): Plan {
  const hosts = new HostTable(view, observed, rules, now);
  const placement = new Placement(hosts, siblingsOf(view), rules, now);
  const pass = new Pass({ view, observed, hosts, placement, now, maxPlacements: rules.maxPlacements });
  const draft = new Draft(view);
  const families = familiesOf(view);
  const sets = deploy(view, families, pass, draft, newUid);
  const scaled = scale(view, families, sets, { pass, draft, newUid });
  run(view, scaled, pass, draft);
  const hostWrites = settleHosts(view, pass, newUid);
  stopStrays(view, pass);
  return { writes: [...hostWrites, ...draft.writes()], calls: pass.calls, events: pass.events };
}

/** Records as they shall be, where that differs from how they are. */
class Draft {
  readonly #view: View;
  /** Key -> record, or undefined to remove it. In the order of their owners: deployments, replica sets, workloads. */
  readonly #changed = new Map<string, StoredRecord | undefined>();

  constructor(view: View) {
    this.#view = view;
  }

  set(record: StoredRecord): void {
    const { kind, metadata } = record.manifest;
    const before = this.#view.get(kind, metadata.namespace, metadata.name)?.record;
    const key = keyOf(record);
    if (before !== undefined && isSame(before, record)) this.#changed.delete(key);
    else this.#changed.set(key, record);
  }

  remove(record: StoredRecord): void {
    this.#changed.set(keyOf(record), undefined);
  }

  writes(): Write[] {
    return [...this.#changed].map(([key, record]) => ({ key, record }));
  }
}

/** Manifests and the rest are only ever replaced by a new value. */
function isSame(before: StoredRecord, after: StoredRecord): boolean {
  if (before === after) return true;
  const { manifest, status, ...rest } = before;
  const { manifest: manifestAfter, status: statusAfter, ...restAfter } = after;
  return manifest === manifestAfter && isDeepStrictEqual(status, statusAfter) && isDeepStrictEqual(rest, restAfter);
}

type Families = {
  /** Deployment's key -> its replica sets. */
  readonly sets: Map<string, ReplicaSetRecord[]>;
  /** Replica set's key -> its workloads. */
  readonly workloads: Map<string, WorkloadRecord[]>;
};

function familiesOf(view: View): Families {
  const families: Families = { sets: new Map(), workloads: new Map() };
  for (const { record } of view.all("WorkloadReplicaSet")) add(families.sets, ownerKey(record), record);
  for (const { record } of view.all("Workload")) add(families.workloads, ownerKey(record), record);
  return families;
}

function add<T>(groups: Map<string, T[]>, key: string | undefined, item: T): void {
  if (key === undefined) return;
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [item]);
  else group.push(item);
}

function siblingsOf(view: View): Map<string, Map<string, number>> {
  const groups = new Map<string, Map<string, number>>();
  for (const { record } of view.all("Workload")) {
    const hostId = record.run.placement?.hostId;
    if (hostId === undefined) continue;
    const group = groupOf(record);
    const hosts = groups.get(group) ?? new Map<string, number>();
    hosts.set(hostId, (hosts.get(hostId) ?? 0) + 1);
    groups.set(group, hosts);
  }
  return groups;
}

function ownedSet(record: ReplicaSetRecord, { workloads }: Families): OwnedSet {
  const all = (workloads.get(keyOf(record)) ?? []).filter(({ owner }) => owner?.uid === record.uid);
  const children = all.filter(({ isDeleting }) => !isDeleting);
  return { record, children, ending: all.length - children.length };
}

/** Key -> replica set as its deployment wants it, new ones among them. */
function deploy(view: View, families: Families, pass: Pass, draft: Draft, newUid: () => string) {
  const wanted = new Map<string, ReplicaSetRecord>();
  for (const { key, record } of view.all("WorkloadDeployment")) {
    const sets = (families.sets.get(key) ?? []).filter(({ owner }) => owner?.uid === record.uid);
    const owned = sets.map((set) => ownedSet(set, families));
    const deployed = reconcileDeployment(record, owned, pass, newUid);
    if (deployed.record === undefined) draft.remove(record);
    else draft.set(deployed.record);
    for (const set of deployed.sets) {
      wanted.set(keyOf(set), set);
      draft.set(set);
    }
  }
  return wanted;
}

/** An object whose owner is not there any more, or is another one of the same name. */
function isAbandoned(record: StoredRecord, pass: Pass): boolean {
  const { owner, manifest } = record;
  return (
    owner !== undefined && pass.view.get(owner.kind, manifest.metadata.namespace, owner.name)?.record.uid !== owner.uid
  );
}

/** New workloads, and the keys of those that are too many. */
type ScaledAll = { readonly made: WorkloadRecord[]; readonly ended: Set<string> };
type Tools = { readonly pass: Pass; readonly draft: Draft; readonly newUid: () => string };

function scale(view: View, families: Families, wanted: Map<string, ReplicaSetRecord>, tools: Tools): ScaledAll {
  const all: ScaledAll = { made: [], ended: new Set() };
  for (const { key, record } of view.all("WorkloadReplicaSet")) {
    const isLost = isAbandoned(record, tools.pass);
    const set = wanted.get(key) ?? record;
    scaleOne(isLost ? { ...set, isDeleting: true } : set, families, all, tools);
    wanted.delete(key);
  }
  for (const set of wanted.values()) scaleOne(set, families, all, tools);
  return all;
}

function scaleOne(set: ReplicaSetRecord, families: Families, all: ScaledAll, { pass, draft, newUid }: Tools): void {
  const { children, ending } = ownedSet(set, families);
  if (set.isDeleting && children.length + ending === 0) return draft.remove(set);
  const scaled = scaleReplicaSet(set, children, pass, newUid);
  draft.set(scaled.record);
  all.made.push(...scaled.made);
  for (const workload of scaled.ended) all.ended.add(keyOf(workload));
}

function run(view: View, { made, ended }: ScaledAll, pass: Pass, draft: Draft): void {
  for (const { key, record } of view.all("Workload")) {
    const isEnding = !record.isDeleting && (ended.has(key) || isAbandoned(record, pass));
    step(isEnding ? { ...record, isDeleting: true } : record, pass, draft);
  }
  for (const record of made) step(record, pass, draft);
}

function step(record: WorkloadRecord, pass: Pass, draft: Draft): void {
  const next = reconcileWorkload(record, pass);
  if (next === undefined) draft.remove(record);
  else draft.set(next);
}
