/**
 * What a workload is: components, an optional service, host interfaces, volumes. Fields, names and rules are those of
 * `runtime.wasmcloud.dev/v1alpha1` (wasmCloud docs: API Reference, CRDs, Filesystems and Volumes, Secrets and Configuration), and
 * of the host protocol for `memoryLimitMb`, `cpuLimit`, `maxConcurrency`, `allowedIpNameLookups` and `allowedHostLoopbackPorts`,
 * which the custom resources do not have. `isolation` is ours.
 */
import { z } from "zod";
import { Count, DnsLabel, fields, Labels, LocalObjectReference, ObjectName, StringMap } from "./fields.ts";
import { checkWorkload } from "./workload-rules.ts";

const references = z.array(LocalObjectReference).max(64);

/** Values from three sources; on the same key `secretFrom` wins over `configFrom` over `config`, later entries over earlier ones. */
const configLayer = {
  config: StringMap.optional(),
  configFrom: references.optional(),
  secretFrom: references.optional(),
};

const VolumeMount = fields({
  name: DnsLabel,
  mountPath: z
    .string()
    .max(4096)
    .refine((path) => path.startsWith("/") && !path.split("/").includes(".."), "an absolute path without '..'"),
  readOnly: z.boolean().default(false),
});

const allowedHost =
  /^(\*|([A-Za-z][A-Za-z0-9+.-]*:\/\/)?((\*\.)?[A-Za-z0-9]([-A-Za-z0-9.]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?\/?)$/;

export const LocalResources = fields({
  memoryLimitMb: Count.optional(),
  /** Thousandths of a CPU. */
  cpuLimit: Count.optional(),
  volumeMounts: z.array(VolumeMount).max(64).optional(),
  environment: fields(configLayer).optional(),
  config: StringMap.optional(),
  allowedHosts: z
    .array(
      z
        .string()
        .max(512)
        .regex(allowedHost, 'a host such as "api.example.com", "*.example.com" or "host:8443", without a path'),
    )
    .max(1024)
    .optional(),
  allowedIpNameLookups: z.array(z.string().min(1).max(253)).max(1024).optional(),
  allowedHostLoopbackPorts: z.array(z.int().min(1).max(65_535)).max(1024).optional(),
});
export type LocalResources = z.output<typeof LocalResources>;

const Image = z
  .string()
  .min(1, "an image such as ghcr.io/acme/hello:0.1.0, s3://bucket/key or file:///path")
  .max(2048)
  .regex(/^\S+$/, "without blanks");
const image = {
  image: Image,
  imagePullSecret: LocalObjectReference.optional(),
  imagePullPolicy: z.enum(["Always", "IfNotPresent", "Never"]).optional(),
  localResources: LocalResources.optional(),
};

export const WorkloadComponent = fields({
  name: z.string().min(1).max(253),
  ...image,
  poolSize: Count.optional(),
  maxInvocations: Count.optional(),
  maxConcurrency: Count.optional(),
});
export type WorkloadComponent = z.output<typeof WorkloadComponent>;

export const WorkloadService = fields({ ...image, maxRestarts: Count.optional() });
export type WorkloadService = z.output<typeof WorkloadService>;

export const HostInterface = fields({
  name: z
    .string()
    .max(64)
    .regex(/^[a-z0-9][a-z0-9-]*$/, "lower-case letters, digits and '-', beginning with a letter or digit")
    .optional(),
  namespace: z.string().min(1).max(128),
  package: z.string().min(1).max(128),
  interfaces: z.array(z.string().min(1).max(128)).min(1, "name at least one interface").max(64),
  version: z.string().max(64).optional(),
  ...configLayer,
});
export type HostInterface = z.output<typeof HostInterface>;

export const Volume = fields({
  name: DnsLabel,
  ephemeral: fields({}).optional(),
  hostPath: fields({ path: z.string().min(1).max(4096) }).optional(),
});
export type Volume = z.output<typeof Volume>;

/** Registers the Service's DNS names as further Host headers of the workload; there is no Service outside Kubernetes. */
export const KubernetesSpec = fields({ service: fields({ name: ObjectName }).optional() });

export const WorkloadSpec = fields({
  hostSelector: Labels.optional(),
  hostId: z.string().min(1).max(253).optional(),
  environment: z.string().max(253).optional(),
  components: z.array(WorkloadComponent).max(128).default([]),
  hostInterfaces: z.array(HostInterface).max(64).default([]),
  service: WorkloadService.optional(),
  volumes: z.array(Volume).max(64).default([]),
  kubernetes: KubernetesSpec.optional(),
  isolation: z.enum(["thread", "process"]).optional(),
}).superRefine(checkWorkload);
export type WorkloadSpec = z.output<typeof WorkloadSpec>;
