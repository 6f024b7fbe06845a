/**
 * Messages of wasmCloud's host protocol, `wasmcloud.runtime.v2`
 * (https://github.com/wasmCloud/wasmCloud/tree/main/proto/wasmcloud/runtime/v2), with the fields that its later versions added.
 *
 * Gap: `precompiledUrl` and `externalId` are not read; images are always compiled here.
 */
import { z } from "zod";
import { field } from "./json-mapping.ts";

export const workloadStates = [
  "WORKLOAD_STATE_UNSPECIFIED",
  "WORKLOAD_STATE_STARTING",
  "WORKLOAD_STATE_RUNNING",
  "WORKLOAD_STATE_COMPLETED",
  "WORKLOAD_STATE_STOPPING",
  "WORKLOAD_STATE_ERROR",
  "WORKLOAD_STATE_NOT_FOUND",
] as const;
export const WorkloadState = z.enum(workloadStates);
export type WorkloadState = z.output<typeof WorkloadState>;

export const imagePullPolicies = [
  "IMAGE_PULL_POLICY_UNSPECIFIED",
  "IMAGE_PULL_POLICY_ALWAYS",
  "IMAGE_PULL_POLICY_IF_NOT_PRESENT",
  "IMAGE_PULL_POLICY_NEVER",
] as const;
export type ImagePullPolicy = (typeof imagePullPolicies)[number];

/** Interfaces of one package, `wasi:keyvalue/{store,atomics}@0.2.0`. `name` tells several backends of one package apart. */
export const WitInterface = z.object({
  namespace: field.text(),
  package: field.text(),
  version: field.text(),
  interfaces: field.list(z.string()),
  config: field.map(),
  name: field.text(),
});
export type WitInterface = z.output<typeof WitInterface>;

export const VolumeMount = z.object({ name: field.text(), mountPath: field.text(), readOnly: field.flag() });
export type VolumeMount = z.output<typeof VolumeMount>;

export const LocalResources = z.object({
  /** MiB; 0 is the host's own limit. */
  memoryLimitMb: field.int32(),
  /** Thousandths of a CPU; 0 is no limit. */
  cpuLimit: field.int32(),
  config: field.map(),
  environment: field.map(),
  volumeMounts: field.list(VolumeMount),
  /** Host names, `*.example.com` for the names below one. */
  allowedHosts: field.list(z.string()),
  allowedIpNameLookups: field.list(z.string()),
  allowedHostLoopbackPorts: field.list(field.uint32()),
});
export type LocalResources = z.output<typeof LocalResources>;

/** A secret: never to be logged. */
export const ImagePullSecret = z.object({ username: field.text(), password: field.text() });
export type ImagePullSecret = z.output<typeof ImagePullSecret>;

const image = {
  image: field.text(),
  localResources: LocalResources.optional(),
  imagePullSecret: ImagePullSecret.optional(),
  imagePullPolicy: z.enum(imagePullPolicies).default("IMAGE_PULL_POLICY_UNSPECIFIED"),
};

export const Component = z.object({
  name: field.text(),
  ...image,
  /** Warm instances; 0 is a fresh state for each call. */
  poolSize: field.int32(),
  /** Calls after which a warm instance is retired; 0 is never. */
  maxInvocations: field.int32(),
  /** Calls at once into one instance; 0 is 1. */
  maxConcurrency: field.int32(),
});
export type Component = z.output<typeof Component>;

export const Service = z.object({ ...image, maxRestarts: field.uint64() });
export type Service = z.output<typeof Service>;

export const Volume = z.object({
  name: field.text(),
  hostPath: z.object({ localPath: field.text() }).optional(),
  emptyDir: z.object({}).optional(),
});
export type Volume = z.output<typeof Volume>;

export const WitWorld = z.object({ components: field.list(Component), hostInterfaces: field.list(WitInterface) });

export const Workload = z.object({
  namespace: field.text(),
  name: field.text(),
  annotations: field.map(),
  service: Service.optional(),
  witWorld: WitWorld.optional(),
  volumes: field.list(Volume),
});
export type Workload = z.output<typeof Workload>;

export const WorkloadStartRequest = z.object({ workloadId: field.text(), workload: Workload.optional() });
export type WorkloadStartRequest = z.output<typeof WorkloadStartRequest>;

/** Asks for the status of a workload, or for its end. */
export const WorkloadIdRequest = z.object({ workloadId: field.text() });

export const WorkloadStatus = z.object({
  workloadId: field.text(),
  workloadState: WorkloadState.default("WORKLOAD_STATE_UNSPECIFIED"),
  message: field.text(),
});
export type WorkloadStatus = z.output<typeof WorkloadStatus>;

/** What start, status and stop are answered with. */
export const WorkloadStatusReply = z.object({ workloadStatus: WorkloadStatus.optional() });

export const HostHeartbeat = z.object({
  id: field.text(),
  hostname: field.text(),
  friendlyName: field.text(),
  version: field.text(),
  /** `hostgroup`, `holdfast.dev/state` (see subjects.ts), and what the operator gave. */
  labels: field.map(),
  /** RFC 3339. */
  startedAt: field.text(),
  osArch: field.text(),
  osName: field.text(),
  osKernel: field.text(),
  /** Percent of all CPUs. */
  systemCpuUsage: field.number(),
  /** Bytes. */
  systemMemoryTotal: field.uint64(),
  /** Bytes that can be had without swapping. */
  systemMemoryFree: field.uint64(),
  componentCount: field.uint64(),
  workloadCount: field.uint64(),
  /** Interfaces that components may import from this host. */
  imports: field.list(WitInterface),
  /** Interfaces of components that this host calls. */
  exports: field.list(WitInterface),
  httpPort: field.uint32().default(0),
  environment: field.text(),
});
export type HostHeartbeat = z.output<typeof HostHeartbeat>;
