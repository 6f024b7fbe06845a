/**
 * Who leads: the entry `leader` of the NATS KV bucket `holdfast-scheduler`. The leader writes it anew twice a second; when the others saw
 * no new one for 3.5 s, by their own clocks, one of them takes it by compare-and-set: with a look each half second that is 4.5 s at
 * most after the last sign of life. A leader that could not renew for three stops acting before that. Clocks are never compared. The token grows with each change of leader and is what the fence is made of.
 */
import { ensureKvBucket, getFromLeader, isStorageError, kvPrefix, kvStream, publishAcked } from "@holdfast/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { z } from "zod";
import type { Lease, LeaseRecord } from "../lease.ts";

const kvBucket = "holdfast-scheduler";
const subject = `${kvPrefix(kvBucket)}leader`;
const takeOverAfterMs = 3_500;
const giveUpAfterMs = 3_000;
const timeoutMs = 1_500;

const Row = z.object({ instance: z.string(), token: z.int(), since: z.number() });
type Held = { readonly token: number; readonly since: number; readonly revision: number; readonly renewedAtMs: number };
type Seen = { readonly row: LeaseRecord | undefined; readonly revision: number; readonly atMs: number };
type Options = { readonly instance: string; readonly replicas: number; readonly now: () => number };

export async function openKvLease(nc: NatsConnection, options: Options): Promise<Lease> {
  await ensureKvBucket(nc, kvBucket, { replicas: options.replicas, description: "Holdfast: which scheduler leads" });
  return new KvLease(nc, options);
}

class KvLease implements Lease {
  readonly #nc: NatsConnection;
  readonly #options: Options;
  #seen: Seen | undefined;
  #held: Held | undefined;

  constructor(nc: NatsConnection, options: Options) {
    this.#nc = nc;
    this.#options = options;
  }

  get token(): number | undefined {
    const held = this.#held;
    return held && performance.now() - held.renewedAtMs < giveUpAfterMs ? held.token : undefined;
  }

  async tick(): Promise<void> {
    if (this.#held === undefined) await this.#tryToTake();
    else await this.#renew(this.#held);
  }

  async current(): Promise<LeaseRecord | undefined> {
    const { row } = await this.#read();
    return row?.instance === "" ? undefined : row;
  }

  async release(): Promise<void> {
    const held = this.#held;
    this.#held = undefined;
    if (held !== undefined) await this.#write({ instance: "", token: held.token, since: held.since }, held.revision);
  }

  async #renew(held: Held): Promise<void> {
    const { token, since } = held;
    const renewedAtMs = performance.now();
    const revision = await this.#write({ instance: this.#options.instance, token, since }, held.revision);
    this.#held = revision === undefined ? undefined : { token, since, revision, renewedAtMs };
  }

  async #tryToTake(): Promise<void> {
    const { row, revision } = await this.#read();
    const { now, instance } = this.#options;
    if (this.#seen?.revision !== revision) this.#seen = { row, revision, atMs: performance.now() };
    const isFree = row === undefined || row.instance === "";
    if (!isFree && performance.now() - this.#seen.atMs < takeOverAfterMs) return;
    const token = (row?.token ?? 0) + 1;
    const since = now();
    const renewedAtMs = performance.now();
    const taken = await this.#write({ instance, token, since }, revision);
    if (taken !== undefined) this.#held = { token, since, revision: taken, renewedAtMs };
  }

  async #read(): Promise<{ row: LeaseRecord | undefined; revision: number }> {
    const message = await getFromLeader(this.#nc, kvStream(kvBucket), { last_by_subj: subject }, timeoutMs);
    if (message === undefined) return { row: undefined, revision: 0 };
    const row = Row.safeParse(JSON.parse(Buffer.from(message.data).toString("utf8") || "{}")).data;
    return { row, revision: message.sequence };
  }

  /** The new revision; undefined when somebody else wrote. */
  async #write(row: LeaseRecord, lastSubjectSequence: number): Promise<number | undefined> {
    try {
      return await publishAcked(this.#nc, subject, JSON.stringify(row), { expect: { lastSubjectSequence }, timeoutMs });
    } catch (error) {
      if (isStorageError(error, "Conflict")) return undefined;
      throw error;
    }
  }
}
