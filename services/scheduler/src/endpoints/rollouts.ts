import type { scheduler } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import type { Handlers } from "@holdfast/micro/contract";
import { changeObject, noSuchObject } from "../change-object.ts";
import { keptObject } from "../domain/kept-object.ts";
import type { ArtifactRecord, DeploymentRecord, ReplicaSetRecord } from "../domain/records.ts";
import { digestAnnotation, isUnnamed } from "../domain/template.ts";
import type { View } from "../domain/view.ts";
import type { SchedulerParts } from "../parts.ts";
import { childrenOf } from "./read-objects.ts";

type Api = Handlers<typeof scheduler>;

/** A deployment's replica sets, oldest rollout first. */
function setsOf(view: View, namespace: string, name: string): ReplicaSetRecord[] {
  const entry = view.get("WorkloadDeployment", namespace, name);
  if (entry === undefined) throw noSuchObject("WorkloadDeployment", namespace, name);
  return childrenOf(view, entry)
    .flatMap(({ record }) => ("rollout" in record && !record.isDeleting ? [record] : []))
    .sort((a, b) => a.rollout - b.rollout);
}

function imagesOf({ manifest }: ReplicaSetRecord): string[] {
  const { components, service } = manifest.spec.template.spec;
  return [...components, ...(service ? [service] : [])].map(({ image }) => image);
}

export function rolloutHistory({ store }: SchedulerParts): Api["RolloutHistory"] {
  return async ({ namespace, name }) => {
    await store.refresh();
    const sets = setsOf(store.view, namespace, name);
    const newest = sets.at(-1);
    const rollouts = sets.map((set) => ({
      rollout: set.rollout,
      replicaSet: set.manifest.metadata.name,
      createdAt: set.createdAt,
      images: imagesOf(set),
      replicas: set.status.replicas?.current ?? 0,
      ready: set.status.replicas?.ready ?? 0,
      isCurrent: set === newest,
    }));
    return { rollouts };
  };
}

export function rollback({ store }: SchedulerParts): Api["Rollback"] {
  return async ({ namespace, name, toRollout }) => {
    const entry = await changeObject(store, { kind: "WorkloadDeployment", namespace, name }, (record) => {
      const sets = setsOf(store.view, namespace, name);
      const target = toRollout === undefined ? sets.at(-2) : sets.find(({ rollout }) => rollout === toRollout);
      if (record === undefined || target === undefined) throw noRollout(name, sets, toRollout);
      if (record.isDeleting) throw fail("Refused", `${name} is being deleted`);
      return rolledBack(record, target, (artifact) => store.view.get("Artifact", namespace, artifact)?.record);
    });
    return keptObject(entry);
  };
}

function noRollout(name: string, sets: readonly ReplicaSetRecord[], toRollout: number | undefined) {
  const known = sets.map(({ rollout }) => rollout).join(", ");
  const words = toRollout === undefined ? "has no earlier rollout" : `has no rollout ${toRollout}`;
  return fail("Refused", `WorkloadDeployment ${name} ${words}; there are: ${known || "none"}`);
}

/** A key or a file has its newest content only: what it had before cannot be had by rolling back. */
function refuseOverwritten(now: { readonly image: string; readonly digest: string }, before: string | undefined): void {
  if (!isUnnamed(now) || before === now.digest) return;
  throw fail(
    "Refused",
    `${now.image} has been overwritten since: put the earlier content back under that name, or apply the earlier manifest`,
  );
}

/** With the earlier template. What artifacts put into it is held until they stand for something new again. */
function rolledBack(
  record: DeploymentRecord,
  target: ReplicaSetRecord,
  artifactOf: (name: string) => ArtifactRecord | undefined,
): DeploymentRecord {
  const { template } = target.manifest.spec;
  const { components, service } = template.spec;
  const pins: DeploymentRecord["pins"] = {};
  for (const { name, artifactFrom } of record.manifest.spec.artifacts) {
    const image = components.find((component) => component.name === name)?.image ?? service?.image;
    const observed = artifactOf(artifactFrom.name)?.observed;
    if (image === undefined || observed === undefined) continue;
    refuseOverwritten(observed, template.annotations[digestAnnotation(name)]);
    pins[name] = { image, insteadOf: observed.digest };
  }
  const manifest = { ...record.manifest, spec: { ...record.manifest.spec, template } };
  return { ...record, manifest, pins, generation: record.generation + 1 };
}
