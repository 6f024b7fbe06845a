/** What this host tells of itself: at once, then again and again, when its state changes, and whenever it is asked. */
import {
  encodeMessage,
  HostHeartbeat,
  heartbeatSubject,
  type HostState,
  hostStateLabel,
  type WitInterface,
} from "@holdfast/host-protocol";
import type { NatsConnection } from "@nats-io/nats-core";
import { arch, hostname, platform, release } from "node:os";
import type { MachineUsage } from "./machine/usage.ts";
import type { Offer } from "./plugin.ts";

export type HostIdentity = {
  readonly id: string;
  readonly friendlyName: string;
  readonly version: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly environment: string;
  readonly imports: readonly Offer[];
  readonly exports: readonly Offer[];
};

export type HostFigures = {
  readonly componentCount: number;
  readonly workloadCount: number;
  readonly httpPort: number;
};

export type Heartbeats = {
  /** As of now. */
  read(): Promise<HostHeartbeat>;
  /** Changes what the heartbeats say and publishes one. */
  setState(state: HostState): Promise<void>;
  readonly state: HostState;
  stop(): void;
};

const withConfig = (offer: Offer): WitInterface => ({
  ...offer,
  interfaces: [...offer.interfaces],
  config: {},
  name: "",
});

/** Begins to publish. */
export async function startHeartbeats(
  nc: NatsConnection,
  identity: HostIdentity,
  { usage, figures, everyMs }: { usage: MachineUsage; figures: () => HostFigures; everyMs: number },
): Promise<Heartbeats> {
  const startedAt = new Date().toISOString();
  let state: HostState = "ready";

  const read = async (): Promise<HostHeartbeat> => {
    const { cpuPercent, memory } = await usage.read();
    return {
      id: identity.id,
      hostname: hostname(),
      friendlyName: identity.friendlyName === "" ? hostname() : identity.friendlyName,
      version: identity.version,
      labels: { ...identity.labels, [hostStateLabel]: state },
      startedAt,
      osArch: arch(),
      osName: platform(),
      osKernel: release(),
      systemCpuUsage: cpuPercent,
      systemMemoryTotal: memory.total,
      systemMemoryFree: memory.free,
      ...figures(),
      imports: identity.imports.map(withConfig),
      exports: identity.exports.map(withConfig),
      environment: identity.environment,
    };
  };
  const publish = async () => {
    const heartbeat = await read();
    if (!nc.isClosed()) nc.publish(heartbeatSubject(identity.id), encodeMessage(HostHeartbeat, heartbeat));
  };
  // While NATS is away the client library keeps what is published; one that fails is followed by the next.
  const timer = setInterval(() => void publish(), everyMs);
  await publish();

  return {
    read,
    get state() {
      return state;
    },
    async setState(next) {
      state = next;
      await publish();
    },
    stop: () => clearInterval(timer),
  };
}
