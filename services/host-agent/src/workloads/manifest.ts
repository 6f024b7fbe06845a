/** What a start request must say for a workload to be run: checked before anything is pulled. Pure. */
import type {
  Component,
  LocalResources,
  Service,
  WitInterface,
  Workload,
  WorkloadStartRequest,
} from "@holdfast/host-protocol";
import { isolationAnnotation, LocalResources as ResourcesSchema } from "@holdfast/host-protocol";
import type { ImageRequest } from "../images/image.ts";
import { plainHost } from "./allowed-hosts.ts";
import type { LoadedComponent } from "./isolate.ts";

/** A request that cannot be run, in words for who wrote the manifest. */
export class BadWorkload extends Error {
  override readonly name = "BadWorkload";
}

export const serviceName = "service";
const most = { components: 64, interfaces: 128, volumes: 64 } as const;

/** A component before its image is there. */
export type WantedComponent = Omit<LoadedComponent, "bytes" | "digest"> & { readonly pull: ImageRequest };

export type Manifest = {
  readonly workloadId: string;
  readonly workload: Workload;
  readonly components: readonly WantedComponent[];
  readonly declared: readonly WitInterface[];
  readonly isolation: "thread" | "process";
  /** Thousandths of a CPU; undefined: as many as there are. */
  readonly cpuMillicores: number | undefined;
  readonly maxRestarts: number;
};

/** Throws `BadWorkload`. `memoryLimitMb` is the host's limit for one component. */
export function readManifest({ workloadId, workload }: WorkloadStartRequest, memoryLimitMb: number): Manifest {
  if (!/^[\x21-\x7e]{1,256}$/.test(workloadId))
    throw new BadWorkload("workloadId: must be 1 to 256 printable characters");
  if (workload === undefined) throw new BadWorkload("workload: missing");
  const { components = [], hostInterfaces: declared = [] } = workload.witWorld ?? {};
  if (components.length > most.components) throw new BadWorkload(`components: more than ${most.components}`);
  if (declared.length > most.interfaces) throw new BadWorkload(`hostInterfaces: more than ${most.interfaces}`);
  if (workload.volumes.length > most.volumes) throw new BadWorkload(`volumes: more than ${most.volumes}`);
  const wanted = components.map((component, at) => wantedComponent(component, at, memoryLimitMb));
  if (workload.service) wanted.push(wantedService(workload.service, memoryLimitMb));
  refuseDoubles(
    wanted.map(({ name }) => name),
    "components",
    "name",
  );
  refuseDoubles(
    workload.volumes.map(({ name }) => name),
    "volumes",
    "name",
  );
  refuseUnknownVolumes(wanted, workload);
  return {
    workloadId,
    workload,
    components: wanted,
    declared,
    isolation: isolationOf(workload),
    cpuMillicores: cpuLimitOf(wanted),
    maxRestarts: workload.service?.maxRestarts ?? 0,
  };
}

function wantedComponent(component: Component, at: number, limit: number): WantedComponent {
  const { poolSize, maxInvocations, maxConcurrency } = component;
  for (const [name, value] of Object.entries({ poolSize, maxInvocations, maxConcurrency })) {
    if (value < 0) throw new BadWorkload(`components[${at}].${name}: must not be negative`);
  }
  const name = component.name === "" ? `component-${at}` : component.name;
  if (name === serviceName)
    throw new BadWorkload(`components[${at}].name: ${serviceName} is the workload's service; choose another`);
  return { ...shared(component, limit), name, isService: false, poolSize, maxInvocations, maxConcurrency };
}

function wantedService(service: Service, limit: number): WantedComponent {
  return {
    ...shared(service, limit),
    name: serviceName,
    isService: true,
    poolSize: 0,
    maxInvocations: 0,
    maxConcurrency: 1,
  };
}

function shared(
  { image, localResources, imagePullPolicy: policy, imagePullSecret: secret }: Component | Service,
  limit: number,
) {
  const given: LocalResources = localResources ?? ResourcesSchema.parse({});
  const resources = { ...given, allowedHosts: given.allowedHosts.map((entry) => plainHost(entry)) };
  const asked = resources.memoryLimitMb;
  return {
    image,
    resources,
    memoryLimitMb: asked > 0 ? Math.min(asked, limit) : limit,
    pull: { image, policy, secret },
  };
}

/** Components of a workload share a thread: its limit is the sum of theirs, and one without makes it none, as for containers of a pod. */
function cpuLimitOf(components: readonly WantedComponent[]): number | undefined {
  const limits = components.map(({ resources }) => resources.cpuLimit);
  if (limits.length === 0 || limits.some((limit) => limit <= 0)) return undefined;
  return limits.reduce((sum, limit) => sum + limit, 0);
}

function isolationOf({ annotations }: Workload): "thread" | "process" {
  const asked = annotations[isolationAnnotation] ?? "thread";
  if (asked === "thread" || asked === "process") return asked;
  throw new BadWorkload(`annotations: ${isolationAnnotation} is ${JSON.stringify(asked)}; it can be thread or process`);
}

function refuseDoubles(names: readonly string[], where: string, what: string): void {
  const double = names.find((name, at) => names.indexOf(name) !== at);
  if (double !== undefined) throw new BadWorkload(`${where}: two have the ${what} ${JSON.stringify(double)}`);
}

function refuseUnknownVolumes(components: readonly WantedComponent[], { volumes }: Workload): void {
  for (const { name, resources } of components) {
    for (const mount of resources.volumeMounts) {
      if (volumes.some((volume) => volume.name === mount.name)) continue;
      throw new BadWorkload(
        `component \`${name}\`: volumeMounts names ${JSON.stringify(mount.name)}, which is not among the volumes`,
      );
    }
  }
}
