/** What applying documents means: which objects are made, which change, which stay, and what stands against it. Pure but for ids. */
import type { ApplyResult } from "@holdfast/contracts";
import { checkDocument, type Checked, type Manifest, type Secret } from "@holdfast/manifests";
import type { Sealer } from "@holdfast/runtime";
import { keyOf, newBase, newRun, noArtifact, type StoredRecord } from "./records.ts";
import { newHostRecord } from "./lost-lives.ts";
import { startAnew } from "./leaving.ts";
import { openValues, sealValues, UnreadableSecret } from "./secret-values.ts";
import { canonical } from "./template.ts";
import type { Entry, View } from "./view.ts";

/** The label of objects that were applied as one set. */
export const setLabel = "holdfast.dev/set";

export type ApplyOptions = { readonly set: string | undefined; readonly prune: boolean };
export type ApplyTools = {
  readonly view: View;
  readonly now: number;
  readonly newUid: () => string;
  readonly sealer: Sealer;
  /** Of the store. */
  readonly maxRecordBytes: number;
};

/** A template is kept once more in each replica set and workload that comes of it, with what becomes of them. Bytes. */
const maxTemplateBytes = 512 * 1024;

/** A write that the documents ask for, on top of a revision (0: the object is new). */
export type Change = {
  readonly key: string;
  readonly record: StoredRecord;
  readonly revision: number;
  readonly result: number;
};

export type ApplyPlan = {
  readonly results: ApplyResult[];
  readonly changes: readonly Change[];
  /** Objects of the set that no document names. */
  readonly pruned: readonly Entry[];
};

export function planApply(documents: readonly unknown[], { set, prune }: ApplyOptions, tools: ApplyTools): ApplyPlan {
  const results: ApplyResult[] = [];
  const changes: Change[] = [];
  const named = new Set<string>();
  for (const [document, value] of documents.entries()) {
    for (const checked of checkDocument(value)) {
      const { result, change } = planOne(document, checked, set, named, tools);
      if (change !== undefined) changes.push({ ...change, result: results.length });
      results.push(result);
    }
  }
  return { results, changes, pruned: prune && set !== undefined ? surplus(set, named, tools.view) : [] };
}

type One = { result: ApplyResult; change?: Omit<Change, "result"> };

const empty = { message: "", problems: [] };

export const nameOf = ({ kind, metadata }: Pick<Manifest, "kind" | "metadata">): string =>
  `${kind} ${metadata.namespace}/${metadata.name}`;
export const refOf = ({ kind, metadata }: StoredRecord["manifest"]) => ({
  kind,
  namespace: metadata.namespace,
  name: metadata.name,
});

function planOne(
  document: number,
  checked: Checked,
  set: string | undefined,
  named: Set<string>,
  tools: ApplyTools,
): One {
  if (checked.outcome === "passed over") {
    return { result: { ...empty, document, name: checked.name, outcome: "passed over", message: checked.reason } };
  }
  if (checked.outcome === "refused") {
    const problems = checked.problems.map(({ path, message }) => ({ path: [...path], message }));
    return { result: { ...empty, document, name: checked.name, outcome: "refused", problems } };
  }
  const manifest = set === undefined ? checked.manifest : inSet(checked.manifest, set);
  const name = nameOf(manifest);
  const refuse = (message: string): One => ({
    result: { ...empty, document, name, outcome: "refused", problems: [{ path: ["metadata", "name"], message }] },
  });
  const record = draft(manifest, tools);
  const oversize = tooLarge(record, tools.maxRecordBytes);
  if (oversize !== undefined) return refuse(oversize);
  const key = keyOf(record);
  if (named.has(key)) return refuse("another document is about the same object");
  named.add(key);
  const { kind, metadata } = record.manifest;
  const existing: Entry | undefined = tools.view.get(kind, metadata.namespace, metadata.name);
  const ref = refOf(record.manifest);
  if (existing === undefined) {
    return { result: { ...empty, document, name, ref, outcome: "created" }, change: { key, record, revision: 0 } };
  }
  const { owner, isDeleting } = existing.record;
  if (owner !== undefined) return refuse(`${owner.kind} ${owner.name} owns it: change that one`);
  if (isDeleting) return refuse("it is still being deleted: apply again when it is gone");
  const changed = merge(existing.record, record, tools);
  const same = { ...empty, document, name, ref, revision: existing.revision };
  if (changed === undefined) return { result: { ...same, outcome: "unchanged" } };
  if ("immutable" in existing.record.manifest && existing.record.manifest.immutable) {
    return refuse("it is immutable: delete it first, or use another name");
  }
  return { result: { ...same, outcome: "configured" }, change: { key, record: changed, revision: existing.revision } };
}

/** Why it cannot be kept, if it cannot. */
function tooLarge(record: StoredRecord, maxRecordBytes: number): string | undefined {
  const isTemplate = ["WorkloadDeployment", "WorkloadReplicaSet", "Workload"].includes(record.manifest.kind);
  const most = isTemplate ? Math.min(maxTemplateBytes, Math.floor(maxRecordBytes / 2)) : maxRecordBytes;
  const bytes = Buffer.byteLength(JSON.stringify(record));
  if (bytes <= most) return undefined;
  const advice = isTemplate
    ? "put large values into a ConfigMap or a Secret"
    : "make it smaller, or raise max_payload of NATS";
  return `it has ${bytes} bytes; ${most} are the most that is kept of one: ${advice}`;
}

function inSet(manifest: Manifest, set: string): Manifest {
  const { metadata } = manifest;
  return { ...manifest, metadata: { ...metadata, labels: { ...metadata.labels, [setLabel]: set } } };
}

/** The object as it would be if it were new. */
function draft(manifest: Manifest, { now, newUid, sealer }: ApplyTools): StoredRecord {
  const base = newBase(newUid(), now);
  switch (manifest.kind) {
    case "WorkloadDeployment":
      return { ...base, manifest, pins: {} };
    case "WorkloadReplicaSet":
      return { ...base, manifest, rollout: 0, isRecreate: false };
    case "Workload":
      return { ...base, manifest, run: newRun(), isRecreate: false };
    case "Artifact":
      return { ...base, manifest, ...noArtifact };
    case "ConfigMap":
      return { ...base, manifest };
    case "Secret":
      return {
        ...base,
        ...sealedSecret(manifest, sealer),
        status: { ...base.status, keys: Object.keys(manifest.data).sort() },
      };
    case "Host":
      break;
  }
  const host = newHostRecord(manifest.hostId, base.uid, now);
  const { labels, annotations } = manifest.metadata;
  return { ...host, manifest: { ...host.manifest, metadata: { ...host.manifest.metadata, labels, annotations } } };
}

/** A Secret whose values are sealed. */
export function sealedSecret(manifest: Secret, sealer: Sealer) {
  return { manifest: { ...manifest, data: {} }, sealed: sealValues(sealer, manifest.metadata, manifest.data) };
}

/** What is there, with the new manifest; undefined when that changes nothing. */
function merge(existing: StoredRecord, given: StoredRecord, { sealer }: ApplyTools): StoredRecord | undefined {
  const isSame = canonical(existing.manifest) === canonical(given.manifest) && hasSameValues(existing, given, sealer);
  if (isSame) return undefined;
  const { uid, createdAt, isDeleting, status } = existing;
  const keys = given.status.keys;
  const kept = {
    ...given,
    uid,
    createdAt,
    isDeleting,
    status: { ...status, ...(keys && { keys }) },
    generation: existing.generation + 1,
  };
  if ("run" in kept && "run" in existing) return { ...kept, run: startAnew(existing.run) };
  if ("observed" in existing && "observed" in kept) return { ...kept, observed: existing.observed };
  if ("orphans" in kept && "orphans" in existing) {
    return { ...kept, isDraining: existing.isDraining, orphans: existing.orphans };
  }
  return kept;
}

function hasSameValues(existing: StoredRecord, given: StoredRecord, sealer: Sealer): boolean {
  if (!("sealed" in existing) || !("sealed" in given)) return true;
  try {
    return canonical(openValues(sealer, existing)) === canonical(openValues(sealer, given));
  } catch (error) {
    // what cannot be opened any more is put right by being written anew
    if (error instanceof UnreadableSecret) return false;
    throw error;
  }
}

function surplus(set: string, named: ReadonlySet<string>, view: View): Entry[] {
  const kinds = ["WorkloadDeployment", "WorkloadReplicaSet", "Workload", "Artifact", "ConfigMap", "Secret"] as const;
  const entries: Entry[] = kinds.flatMap((kind) => [...view.all(kind)] as Entry[]);
  return entries.filter(
    ({ key, record }) =>
      record.manifest.metadata.labels[setLabel] === set &&
      record.owner === undefined &&
      !record.isDeleting &&
      !named.has(key),
  );
}
