/** One scheduler over one connection, as main starts it. */
import { scheduler } from "@holdfast/contracts";
import { watchHeartbeats } from "@holdfast/host-protocol";
import { serve } from "@holdfast/micro";
import type { Logger, Sealer } from "@holdfast/runtime";
import type { NatsConnection } from "@nats-io/nats-core";
import { randomBytes } from "node:crypto";
import { openEventLog } from "./adapters/event-log.ts";
import { openKvLease } from "./adapters/kv-lease.ts";
import type { KvObjectStore } from "./adapters/kv-object-store.ts";
import { natsHosts } from "./adapters/nats-hosts.ts";
import type { ImageResolver } from "./artifacts.ts";
import type { ReconcileRules } from "./domain/reconcile.ts";
import { exposeFigures } from "./figures.ts";
import { startLeader } from "./leader.ts";
import { Reports } from "./reports.ts";
import { SeenHosts } from "./seen-hosts.ts";
import { createScheduler } from "./service.ts";

export type InstanceOptions = {
  readonly nc: NatsConnection;
  readonly store: KvObjectStore;
  readonly sealer: Sealer;
  readonly rules: ReconcileRules;
  readonly resolveImage: ImageResolver;
  readonly artifactEveryMs: number;
  readonly eventMaxAgeMs: number;
  readonly replicas: number;
  readonly log: Logger;
};

/** `hf` and 16 letters and digits: 82 bits of chance. */
const newUid = (): string =>
  `hf${BigInt(`0x${randomBytes(16).toString("hex")}`)
    .toString(36)
    .padStart(25, "0")
    .slice(-16)}`;

export type Instance = {
  /** As DescribeScheduler calls it. */
  readonly name: string;
  stop(): Promise<void>;
};

/** Answers, and competes for the lease. */
export async function startInstance(options: InstanceOptions): Promise<Instance> {
  const { nc, store, sealer, rules, replicas, log } = options;
  const now = Date.now;
  const instance = `scheduler-${randomBytes(6).toString("hex")}`;
  const events = await openEventLog(nc, { replicas, maxAgeMs: options.eventMaxAgeMs, now, log });
  const lease = await openKvLease(nc, { instance, replicas, now });
  const seen = new SeenHosts(now());
  const reports = new Reports(now);
  const shared = { store, events, lease, seen, reports, sealer, instance, newUid, now };
  const { resolveImage, artifactEveryMs } = options;
  const leader = startLeader({ ...shared, hosts: natsHosts(nc, seen), resolveImage, artifactEveryMs, rules, log });
  const heartbeats = watchHeartbeats(nc, {
    onHeartbeat: (heartbeat) => {
      if (seen.take(heartbeat, now())) leader.wake(heartbeat.id);
    },
    onBad: (err) => log.warn({ err }, "a heartbeat cannot be read"),
  });
  exposeFigures({ ...shared, limits: rules });
  const served = await serve(nc, scheduler, createScheduler({ ...shared, limits: rules }), { log });
  return {
    name: instance,
    async stop() {
      await leader.stop();
      await served.drain();
      heartbeats.close();
      events.close();
      store.close();
    },
  };
}
