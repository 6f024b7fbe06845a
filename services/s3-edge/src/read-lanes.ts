/**
 * The connections that chunks are read over, apart from those that carry calls, writes and acks.
 *
 * nats-server ends a connection as soon as more than its max_pending (64 MiB unless configured) waits to be sent on it: a "slow
 * consumer", and everything on that connection fails. What was asked for is what can wait, so each connection is asked for half of
 * that at a time: a busy moment of this process must not cost the transfers of all clients.
 */
import { s3Error } from "@holdfast/s3-protocol";
import type { NatsConnection } from "@nats-io/nats-core";
import { ByteBudget, type Grant } from "./domain/byte-budget.ts";

/** Half of nats-server's max_pending. */
export const laneBytes = 32 * 1024 * 1024;
const maxLanes = 8;

/** How many connections it takes to read so many bytes at a time. */
export function lanesFor(totalBytes: number): number {
  return Math.max(1, Math.min(maxLanes, Math.floor(totalBytes / laneBytes)));
}

/** A connection and how much may be asked for on it; to be released. */
export type ReadWindow = { readonly nc: NatsConnection; readonly bytes: number; release(): void };

type Lane = { readonly nc: NatsConnection; readonly budget: ByteBudget };

export class ReadLanes {
  readonly #lanes: readonly Lane[];

  constructor(connections: readonly NatsConnection[], totalBytes: number) {
    const each = Math.min(laneBytes, Math.floor(totalBytes / Math.max(1, connections.length)));
    this.#lanes = connections.map((nc) => ({ nc, budget: new ByteBudget(each) }));
  }

  get used(): number {
    return this.#lanes.reduce((sum, { budget }) => sum + budget.used, 0);
  }

  /** A window on the connection with the most room. Throws SlowDown when there is none for `timeoutMs`. */
  async open(window: { least: number; wanted: number }, timeoutMs: number): Promise<ReadWindow> {
    const { nc, budget } = this.emptiest();
    const grant = await budget.take(window, timeoutMs);
    if (!grant) throw s3Error("SlowDown", { cause: new Error("no room for reads in HOLDFAST_BYTES_IN_FLIGHT") });
    return { nc, bytes: grant.bytes, release: () => grant.release() };
  }

  /** Counts bytes of an answer that its client has not taken yet: what is read next shares the rest. */
  hold(bytes: number): Grant {
    return this.emptiest().budget.hold(bytes);
  }

  /** The lane with the least on it: also for the few bytes of a manifest, which need no window. */
  emptiest(): Lane {
    const [first, ...others] = this.#lanes;
    if (!first) throw new Error("no connection to read over");
    return others.reduce((best, lane) => (lane.budget.load < best.budget.load ? lane : best), first);
  }
}
