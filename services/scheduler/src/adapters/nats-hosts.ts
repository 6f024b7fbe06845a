/** Hosts over wasmCloud's host protocol; Holdfast's own are also asked for all that they run, by their micro endpoint. */
import { hostAgent } from "@holdfast/contracts";
import { hostClient, hostStateLabel, type WorkloadStatus } from "@holdfast/host-protocol";
import { client } from "@holdfast/micro";
import type { NatsConnection } from "@nats-io/nats-core";
import type { HostPort } from "../host-port.ts";
import type { Said } from "../reports.ts";
import type { SeenHosts } from "../seen-hosts.ts";

const saidOf = ({ workloadId, workloadState, message }: WorkloadStatus): Said => ({
  workloadId,
  state: workloadState,
  message,
});

/** Questions about single workloads at once, to a host that gives no list. */
const surveyAtOnce = 16;

export function natsHosts(nc: NatsConnection, seen: SeenHosts): HostPort {
  const protocol = hostClient(nc);
  const isOurs = (hostId: string) => hostStateLabel in (seen.hosts.get(hostId)?.heartbeat.labels ?? {});

  const list = async (hostId: string) => {
    const { workloads } = await client(nc, hostAgent, { instance: hostId }).ListWorkloads({});
    return {
      said: workloads.map(({ workloadId, state, message }) => ({ workloadId, state, message })),
      isComplete: true,
    };
  };

  const askEach = async (hostId: string, workloadIds: readonly string[]) => {
    const said: Said[] = [];
    for (let index = 0; index < workloadIds.length; index += surveyAtOnce) {
      const some = workloadIds.slice(index, index + surveyAtOnce);
      const statuses = await Promise.all(some.map((id) => protocol.status(hostId, id)));
      // an answer that names no id is about the one that was asked
      said.push(...statuses.map((status, at) => ({ ...saidOf(status), workloadId: some[at] ?? status.workloadId })));
    }
    return { said, isComplete: false };
  };

  return {
    start: async (hostId, request) => saidOf(await protocol.start(hostId, request)),
    stop: async (hostId, workloadId) => ({ ...saidOf(await protocol.stop(hostId, workloadId)), workloadId }),
    survey: (hostId, workloadIds) => (isOurs(hostId) ? list(hostId) : askEach(hostId, workloadIds)),
  };
}
