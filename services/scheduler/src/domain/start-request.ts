/**
 * What a host is asked to start: the manifest with ConfigMaps, Secrets and registry credentials put in. On the same key, values from
 * `secretFrom` win over those from `configFrom` over `config` (wasmCloud docs, Secrets and Configuration).
 */
import { type ImagePullPolicy, isolationAnnotation, type WorkloadStartRequest } from "@holdfast/host-protocol";
import type { HostInterface, LocalResources, Workload, WorkloadComponent } from "@holdfast/manifests";
import type { z } from "zod";
import { loginFor } from "./pull-secret.ts";

type Layer = {
  readonly config?: Readonly<Record<string, string>> | undefined;
  readonly configFrom?: readonly { readonly name: string }[] | undefined;
  readonly secretFrom?: readonly { readonly name: string }[] | undefined;
};

/** Values of the ConfigMaps and Secrets of a workload's namespace; undefined when there is none of that name. */
export type Values = {
  config(name: string): Readonly<Record<string, string>> | undefined;
  secret(name: string): Readonly<Record<string, string>> | undefined;
};

export type StartRequest = z.input<typeof WorkloadStartRequest>;
type StartWorkload = NonNullable<StartRequest["workload"]>;
type StartComponent = NonNullable<NonNullable<StartWorkload["witWorld"]>["components"]>[number];
type Image = Pick<WorkloadComponent, "image" | "imagePullSecret" | "imagePullPolicy" | "localResources">;

function layersOf({ spec }: Workload): Layer[] {
  const parts = [...spec.components, ...(spec.service ? [spec.service] : [])];
  return [...spec.hostInterfaces, ...parts.flatMap(({ localResources }) => localResources?.environment ?? [])];
}

function* referencesOf(manifest: Workload): Iterable<["ConfigMap" | "Secret", string]> {
  for (const { configFrom = [], secretFrom = [] } of layersOf(manifest)) {
    for (const { name } of configFrom) yield ["ConfigMap", name];
    for (const { name } of secretFrom) yield ["Secret", name];
  }
  const { components, service } = manifest.spec;
  for (const { imagePullSecret } of [...components, ...(service ? [service] : [])]) {
    if (imagePullSecret) yield ["Secret", imagePullSecret.name];
  }
}

/** A ConfigMap or Secret that is named and not there, in words. */
export function missingReference(
  manifest: Workload,
  exists: (kind: "ConfigMap" | "Secret", name: string) => boolean,
): string | undefined {
  for (const [kind, name] of referencesOf(manifest)) {
    if (!exists(kind, name)) return `${kind} ${manifest.metadata.namespace}/${name} does not exist: apply it`;
  }
  return undefined;
}

function merged({ config, configFrom = [], secretFrom = [] }: Layer, values: Values): Record<string, string> {
  const layers = [
    config,
    ...configFrom.map(({ name }) => values.config(name)),
    ...secretFrom.map(({ name }) => values.secret(name)),
  ];
  return Object.assign({}, ...layers);
}

const policies: Readonly<Record<string, ImagePullPolicy>> = {
  Always: "IMAGE_PULL_POLICY_ALWAYS",
  IfNotPresent: "IMAGE_PULL_POLICY_IF_NOT_PRESENT",
  Never: "IMAGE_PULL_POLICY_NEVER",
};

function resourcesOf({ environment = {}, volumeMounts, ...rest }: LocalResources, values: Values) {
  return { ...rest, environment: merged(environment, values), volumeMounts: volumeMounts ?? [] };
}

function imageOf({ image, imagePullSecret, imagePullPolicy, localResources }: Image, values: Values) {
  const secret = imagePullSecret && values.secret(imagePullSecret.name);
  const credentials = secret && loginFor(image, secret);
  return {
    image,
    imagePullPolicy: policies[imagePullPolicy ?? ""] ?? ("IMAGE_PULL_POLICY_UNSPECIFIED" as const),
    ...(localResources && { localResources: resourcesOf(localResources, values) }),
    ...(credentials && { imagePullSecret: credentials }),
  };
}

function componentOf(component: WorkloadComponent, values: Values): StartComponent {
  const { name, poolSize = 0, maxInvocations = 0, maxConcurrency = 0 } = component;
  return { name, poolSize, maxInvocations, maxConcurrency, ...imageOf(component, values) };
}

/** Host names by which a Service of Kubernetes would be reached, for the host's router; as wasmCloud's operator says them. */
function aliasesOf({ metadata, spec }: Workload): Record<string, string> {
  const service = spec.kubernetes?.service?.name;
  if (service === undefined) return {};
  const names = [service, `${service}.${metadata.namespace}`, `${service}.${metadata.namespace}.svc`];
  return { "host-aliases": names.join(",") };
}

function interfaceOf(wish: HostInterface, values: Values, aliases: Record<string, string>) {
  const takesRequests =
    wish.namespace === "wasi" && wish.package === "http" && wish.interfaces.includes("incoming-handler");
  return {
    namespace: wish.namespace,
    package: wish.package,
    version: wish.version ?? "",
    interfaces: wish.interfaces,
    name: wish.name ?? "",
    config: { ...merged(wish, values), ...(takesRequests && aliases) },
  };
}

/** The request for one life of a workload. */
export function startRequest(workloadId: string, manifest: Workload, values: Values): StartRequest {
  const { metadata, spec } = manifest;
  const aliases = aliasesOf(manifest);
  return {
    workloadId,
    workload: {
      namespace: metadata.namespace,
      name: metadata.name,
      annotations: { ...metadata.annotations, ...(spec.isolation && { [isolationAnnotation]: spec.isolation }) },
      ...(spec.service && {
        service: { ...imageOf(spec.service, values), maxRestarts: spec.service.maxRestarts ?? 0 },
      }),
      witWorld: {
        components: spec.components.map((component) => componentOf(component, values)),
        hostInterfaces: spec.hostInterfaces.map((wish) => interfaceOf(wish, values, aliases)),
      },
      volumes: spec.volumes.map(({ name, hostPath }) =>
        hostPath ? { name, hostPath: { localPath: hostPath.path } } : { name, emptyDir: {} },
      ),
    },
  };
}
