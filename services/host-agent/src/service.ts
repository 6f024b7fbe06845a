/** The micro endpoints of one host: the host protocol's operations again, and what operators look at. */
import type { hostAgent } from "@holdfast/contracts";
import type { Workload as WireWorkload } from "@holdfast/host-protocol";
import { fail } from "@holdfast/micro";
import type { Handlers } from "@holdfast/micro/contract";
import type { Host } from "./host.ts";
import type { Workload } from "./workloads/workload.ts";

export type HostAgentParts = {
  readonly host: Host;
  readonly httpUrl: string;
  readonly limits: Readonly<Record<string, number>>;
  readonly plugins: readonly string[];
};

export function createHostAgent({ host, httpUrl, limits, plugins }: HostAgentParts): Handlers<typeof hostAgent> {
  const find = (workloadId: string): Workload => {
    const workload = host.workloads.get(workloadId);
    if (workload === undefined) throw fail("NoSuchWorkload", `workload ${workloadId} is not on host ${host.id}`);
    return workload;
  };
  return {
    Heartbeat: () => host.heartbeat(),
    StartWorkload: async (input) => ({ workloadStatus: await host.start(input) }),
    WorkloadStatus: async ({ workloadId }) => ({ workloadStatus: host.status(workloadId) }),
    StopWorkload: async ({ workloadId }) => ({ workloadStatus: host.stop(workloadId) }),
    Inspect: async () => {
      return {
        heartbeat: await host.heartbeat(),
        state: host.state,
        httpUrl,
        limits: { ...limits },
        plugins: [...plugins],
      };
    },
    ListWorkloads: async () => ({ workloads: host.workloads.list().map((each) => each.report()) }),
    DescribeWorkload: async ({ workloadId }) => {
      const workload = find(workloadId);
      return { report: workload.report(), workload: withoutSecrets(workload.manifest.workload) };
    },
    Logs: async ({ workloadId, waitMs, ...query }, { signal }) => find(workloadId).log.follow(query, waitMs, signal),
    Drain: async ({ isDraining }) => {
      await host.setDraining(isDraining);
      return { state: host.state };
    },
  };
}

/** Names stay, values go: any of them may have come from a secret. */
const hidden = (values: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.keys(values).map((name) => [name, "***"]));

function withoutSecrets(workload: WireWorkload): WireWorkload {
  const { service, witWorld } = workload;
  const part = <
    P extends NonNullable<WireWorkload["service"]> | NonNullable<WireWorkload["witWorld"]>["components"][number],
  >({
    imagePullSecret: _secret,
    localResources,
    ...rest
  }: P) => {
    const resources = localResources && {
      ...localResources,
      config: hidden(localResources.config),
      environment: hidden(localResources.environment),
    };
    return { ...rest, ...(resources && { localResources: resources }) };
  };
  return {
    ...workload,
    ...(service && { service: part(service) }),
    ...(witWorld && {
      witWorld: {
        components: witWorld.components.map((component) => part(component)),
        hostInterfaces: witWorld.hostInterfaces.map((each) => ({ ...each, config: hidden(each.config) })),
      },
    }),
  };
}
