/**
 * Objects as the scheduler keeps them: the manifest, what it was decided about, and what is known. One KV entry each, so that a
 * reader sees all of it at one revision.
 */
import { ObjectStatus } from "@holdfast/contracts";
import { type Kind, kinds } from "@holdfast/manifests";
import { Sealed } from "@holdfast/runtime";
import { z } from "zod";

const Owner = z.object({
  kind: z.enum(["WorkloadDeployment", "WorkloadReplicaSet"]),
  name: z.string(),
  uid: z.string(),
});

const base = {
  /** Unlike a name never used again; `hf` and 16 letters and digits. */
  uid: z.string(),
  generation: z.int(),
  createdAt: z.number(),
  owner: Owner.optional(),
  isDeleting: z.boolean(),
  status: ObjectStatus,
};

/** One life of a workload on one host. The host protocol knows it by `workloadId`. */
const Incarnation = z.object({ hostId: z.string(), workloadId: z.string(), sinceMs: z.number() });
export type Incarnation = z.output<typeof Incarnation>;

/** One that has to end; `isWaiting` until its successor runs. */
const Leaving = Incarnation.extend({ isWaiting: z.boolean() });
export type Leaving = z.output<typeof Leaving>;

/**
 * Where a workload is in its life.
 *
 *   Pending -> Placed        a host was chosen, the start is to come
 *   Placed -> Running        the host says so
 *   Placed, Running -> Pending   it failed or vanished (after a back-off), or its host is gone
 *   Running -> Completed -> Pending   its service ended well; one that is owned starts again
 */
export const Run = z.object({
  phase: z.enum(["Pending", "Placed", "Running", "Completed"]),
  placement: Incarnation.optional(),
  leaving: z.array(Leaving),
  /** Lives so far; numbers the ids on the wire. */
  starts: z.int(),
  /** Failures in a row. */
  failures: z.int(),
  retryAtMs: z.number().optional(),
  /** Where and why it failed last. */
  failedHostId: z.string().optional(),
  lastFailure: z.string().optional(),
  runningSinceMs: z.number().optional(),
  /** When it was last put into words why there is no host. */
  explainedAtMs: z.number().optional(),
});
export type Run = z.output<typeof Run>;

export const DeploymentRecord = z.object({
  ...base,
  manifest: kinds.WorkloadDeployment,
  /** After a rollback: component -> the image it has as long as its artifact still stands for `insteadOf`. */
  pins: z.record(z.string(), z.object({ image: z.string(), insteadOf: z.string() })),
});
export type DeploymentRecord = z.output<typeof DeploymentRecord>;

export const ReplicaSetRecord = z.object({
  ...base,
  manifest: kinds.WorkloadReplicaSet,
  /** Which template of its deployment this is, counted from 1; a rollback gives an old one the newest number. 0 without a deployment. */
  rollout: z.int(),
  isRecreate: z.boolean(),
});
export type ReplicaSetRecord = z.output<typeof ReplicaSetRecord>;

export const WorkloadRecord = z.object({
  ...base,
  manifest: kinds.Workload,
  run: Run,
  /** Two lives of it must not overlap when it moves. */
  isRecreate: z.boolean(),
});
export type WorkloadRecord = z.output<typeof WorkloadRecord>;

export const ArtifactRecord = z.object({
  ...base,
  manifest: kinds.Artifact,
  /** What the image stood for when somebody last looked; `image` names exactly that content. */
  observed: z
    .object({ source: z.string(), image: z.string(), digest: z.string(), failure: z.string(), checkedAtMs: z.number() })
    .optional(),
});
export type ArtifactRecord = z.output<typeof ArtifactRecord>;
export const noArtifact: Pick<ArtifactRecord, "observed"> = { observed: undefined };

export const ConfigMapRecord = z.object({ ...base, manifest: kinds.ConfigMap });
export type ConfigMapRecord = z.output<typeof ConfigMapRecord>;

/** The values are in `sealed` only. */
export const SecretRecord = z.object({ ...base, manifest: kinds.Secret, sealed: Sealed });
export type SecretRecord = z.output<typeof SecretRecord>;

/** What operators said of a host, and what has to end there should it come back. Named by the host's id. */
export const HostRecord = z.object({
  ...base,
  manifest: z.object({
    apiVersion: z.literal("runtime.wasmcloud.dev/v1alpha1"),
    kind: z.literal("Host"),
    metadata: z.object({
      name: z.string(),
      namespace: z.string(),
      labels: z.record(z.string(), z.string()),
      annotations: z.record(z.string(), z.string()),
    }),
    hostId: z.string(),
  }),
  isDraining: z.boolean(),
  orphans: z.array(z.object({ workloadId: z.string(), sinceMs: z.number() })),
});
export type HostRecord = z.output<typeof HostRecord>;

/** Kind -> record. */
export const records = {
  WorkloadDeployment: DeploymentRecord,
  WorkloadReplicaSet: ReplicaSetRecord,
  Workload: WorkloadRecord,
  Host: HostRecord,
  Artifact: ArtifactRecord,
  ConfigMap: ConfigMapRecord,
  Secret: SecretRecord,
} as const;
export type RecordOf<K extends Kind> = z.output<(typeof records)[K]>;
export type StoredRecord = { [K in Kind]: RecordOf<K> }[Kind];

const noStatus = (): ObjectStatus => ObjectStatus.parse({});

type Named = {
  readonly manifest: { readonly kind: Kind; readonly metadata: { readonly namespace: string; readonly name: string } };
};

/** `WorkloadDeployment.default.hello`: kind and namespace hold no dot. */
export const keyOf = ({ manifest: { kind, metadata } }: Named): string =>
  objectKey(kind, metadata.namespace, metadata.name);
export const objectKey = (kind: Kind, namespace: string, name: string): string => `${kind}.${namespace}.${name}`;

/** What a key names. */
export function refOfKey(key: string): { readonly namespace: string; readonly name: string } {
  const [, namespace = "", ...name] = key.split(".");
  return { namespace, name: name.join(".") };
}

/** The key of an object's owner; undefined when it has none. */
export function ownerKey({ owner, manifest }: StoredRecord): string | undefined {
  return owner && objectKey(owner.kind, manifest.metadata.namespace, owner.name);
}

/** Workloads of one owner are spread as a group. */
export const groupOf = (record: WorkloadRecord): string => ownerKey(record) ?? keyOf(record);

/** What a new object begins with. */
export function newBase(uid: string, now: number) {
  return { uid, generation: 1, createdAt: now, isDeleting: false, status: noStatus() };
}

export const newRun = (): Run => ({ phase: "Pending", leaving: [], starts: 0, failures: 0 });

/** True for an id that this scheduler gave to a life of a workload, and no other. */
export const isOwnWorkloadId = (id: string): boolean => /^hf[0-9a-z]{16}-\d+$/.test(id);
