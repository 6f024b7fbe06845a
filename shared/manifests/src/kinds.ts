/** The kinds that the scheduler keeps. Five of wasmCloud (runtime.wasmcloud.dev/v1alpha1), two in the shape of Kubernetes' core. */
import { z } from "zod";
import { ConfigMap, Secret } from "./config-kinds.ts";
import { Annotations, Count, DnsLabel, fields, Labels, LocalObjectReference } from "./fields.ts";
import { header, withoutStatus } from "./metadata.ts";
import { KubernetesSpec, WorkloadSpec } from "./workload-spec.ts";
import { didYouMean } from "./did-you-mean.ts";

/** The API version of wasmCloud's custom resources. */
export const wasmcloudApiVersion = "runtime.wasmcloud.dev/v1alpha1";
const wasmcloud = <const Kind extends string>(kind: Kind) => header(wasmcloudApiVersion, kind);

const replicas = Count.max(10_000, "at most 10000 replicas").default(1);

/** The reference has labels and annotations beside `spec`, the examples under `metadata`: both are read, the first wins. */
export const WorkloadReplicaTemplate = fields({
  metadata: fields({ labels: Labels.optional(), annotations: Annotations.optional() }).optional(),
  labels: Labels.optional(),
  annotations: Annotations.optional(),
  spec: WorkloadSpec,
}).transform(({ metadata, labels, annotations, spec }) => ({
  labels: { ...metadata?.labels, ...labels },
  annotations: { ...metadata?.annotations, ...annotations },
  spec,
}));
export type WorkloadReplicaTemplate = z.output<typeof WorkloadReplicaTemplate>;

export const Workload = fields({ ...wasmcloud("Workload"), spec: WorkloadSpec }).transform(withoutStatus);
export type Workload = z.output<typeof Workload>;

export const WorkloadReplicaSet = fields({
  ...wasmcloud("WorkloadReplicaSet"),
  spec: fields({ replicas, template: WorkloadReplicaTemplate }),
}).transform(withoutStatus);
export type WorkloadReplicaSet = z.output<typeof WorkloadReplicaSet>;

const WorkloadDeploymentSpec = fields({
  replicas,
  template: WorkloadReplicaTemplate,
  deployPolicy: z.enum(["RollingUpdate", "Recreate"]).default("RollingUpdate"),
  artifacts: z
    .array(fields({ name: z.string().min(1).max(253), artifactFrom: LocalObjectReference }))
    .max(128)
    .default([]),
  kubernetes: KubernetesSpec.optional(),
}).superRefine(({ artifacts, template }, context) => {
  const names = [...template.spec.components.map(({ name }) => name), ...(template.spec.service ? ["service"] : [])];
  for (const [index, { name }] of artifacts.entries()) {
    if (names.includes(name)) continue;
    const message = `no component of the template has this name${didYouMean(name, names)}`;
    context.addIssue({ code: "custom", path: ["artifacts", index, "name"], message });
  }
});

export const WorkloadDeployment = fields({
  ...wasmcloud("WorkloadDeployment"),
  spec: WorkloadDeploymentSpec,
}).transform(withoutStatus);
export type WorkloadDeployment = z.output<typeof WorkloadDeployment>;

export const Artifact = fields({
  ...wasmcloud("Artifact"),
  spec: fields({ image: z.string().min(1).max(2048), imagePullSecret: LocalObjectReference.optional() }),
}).transform(withoutStatus);
export type Artifact = z.output<typeof Artifact>;

/** A host has no `spec`: its fields are at the root. Hosts make themselves known; a manifest adds labels to one. */
export const Host = fields({
  ...wasmcloud("Host"),
  hostId: z.string().min(1).max(253),
  hostname: z.string().max(253).optional(),
  httpPort: z.int().min(0).max(65_535).optional(),
  environment: z.union([DnsLabel, z.string().max(253)]).optional(),
}).transform(withoutStatus);
export type Host = z.output<typeof Host>;

/** Kind -> schema. */
export const kinds = {
  WorkloadDeployment,
  WorkloadReplicaSet,
  Workload,
  Host,
  Artifact,
  ConfigMap,
  Secret,
} as const;
export type Kind = keyof typeof kinds;
export const kindNames = Object.keys(kinds) as readonly Kind[];

/** One object, checked and with its defaults. */
export type Manifest = { [K in Kind]: z.output<(typeof kinds)[K]> }[Kind];
/** The manifest of one kind. */
export type ManifestOf<K extends Kind> = Extract<Manifest, { kind: K }>;

/** True for the name of a kind that the scheduler keeps. */
export const isKind = (name: string): name is Kind => Object.hasOwn(kinds, name);

/** What `apiVersion` a kind has. */
export const apiVersionOf = (kind: Kind): string =>
  kind === "ConfigMap" || kind === "Secret" ? "v1" : wasmcloudApiVersion;
