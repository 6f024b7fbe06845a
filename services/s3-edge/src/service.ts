import { auth, multipart, objectMetadata } from "@holdfast/contracts";
import { client } from "@holdfast/micro";
import type { Logger } from "@holdfast/runtime";
import type { NatsConnection } from "@nats-io/nats-core";
import { Background } from "./background.ts";
import { Buckets } from "./buckets.ts";
import type { EdgeConfig } from "./config.ts";
import type { Edge } from "./context.ts";
import { ByteBudget } from "./domain/byte-budget.ts";
import { RecentObjects } from "./domain/recent-objects.ts";
import { laneBytes, lanesFor, ReadLanes } from "./read-lanes.ts";
import { SigningKeys } from "./signing-keys.ts";

export type EdgeParts = {
  readonly config: EdgeConfig;
  readonly log: Logger;
  readonly nc: NatsConnection;
  readonly bulk: NatsConnection;
  /** As many as `readConnections` says. */
  readonly reads: readonly NatsConnection[];
};

/** Half of the bytes in flight are for each direction. */
const half = ({ HOLDFAST_BYTES_IN_FLIGHT: total }: EdgeConfig) => Math.floor(total / 2);

/** How many connections an edge reads over. */
export const readConnections = (config: EdgeConfig): number => lanesFor(half(config));

/** An edge over its connections: clients of the other services, and the caches that they withdraw by push. */
export function createEdge({ config, log, nc, bulk, reads }: EdgeParts): Edge {
  const clients = {
    auth: client(nc, auth),
    metadata: client(nc, objectMetadata),
    multipart: client(nc, multipart),
  };
  const signingKeys = new SigningKeys(clients.auth);
  const buckets = new Buckets(clients.metadata);
  signingKeys.follow(nc, log);
  buckets.follow(nc, log);
  void dropAfterReconnect(nc, [signingKeys, buckets]);
  const budget = new ByteBudget(half(config));
  const inline = new ByteBudget(laneBytes);
  const background = new Background();
  const recent = new RecentObjects(config.HOLDFAST_CACHE_BYTES);
  const lanes = new ReadLanes(reads, half(config));
  const held = { signingKeys, buckets, budget, inline, background, recent, reads: lanes };
  const sending = { idleMs: config.HOLDFAST_HTTP_IDLE_TIMEOUT, hold: (bytes: number) => lanes.hold(bytes) };
  return { config, log, nc, bulk, ...clients, ...held, sending, inlineBytes: inlineBytes(config, nc) };
}

/** A message holds the bytes and, in its headers, their record. */
function inlineBytes({ HOLDFAST_INLINE_BYTES: wanted }: EdgeConfig, { info }: NatsConnection): number {
  const headerBytes = 64 * 1024;
  return Math.max(0, Math.min(wanted, (info?.max_payload ?? 1024 * 1024) - headerBytes));
}

/** What was pushed while the connection was away never came: start over. */
async function dropAfterReconnect(nc: NatsConnection, caches: readonly { drop(): void }[]): Promise<void> {
  for await (const { type } of nc.status()) {
    if (type === "reconnect" || type === "disconnect") for (const cache of caches) cache.drop();
  }
}
