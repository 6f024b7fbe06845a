/** One scheduler of the simulation: the real reconciler, reports, calls and fencing; its network and its lease are the simulation's. */
import { MemoryObjectStore, type MemoryLog } from "../../src/adapters/memory-object-store.ts";
import { knownLives } from "../../src/domain/lost-lives.ts";
import type { ReconcileRules } from "../../src/domain/reconcile.ts";
import { HostCaller } from "../../src/host-caller.ts";
import type { HostPort } from "../../src/host-port.ts";
import { leadPass } from "../../src/lead.ts";
import { Reports } from "../../src/reports.ts";
import { SeenHosts } from "../../src/seen-hosts.ts";
import type { Clock } from "./clock.ts";

/** The lease that the schedulers of a simulation share. */
export type SimulatedLease = { holder: number; token: number; renewedAtMs: number };

const takeOverAfterMs = 4_000;
const pollEveryMs = 15_000;
/** Nothing happened: look all the same. */
const lookEveryMs = 5_000;

export type SchedulerParts = {
  readonly clock: Clock;
  readonly log: MemoryLog;
  readonly lease: SimulatedLease;
  readonly hosts: HostPort;
  readonly rules: ReconcileRules;
  readonly newUid: () => string;
};

export class SimulatedScheduler {
  readonly store: MemoryObjectStore;
  readonly seen: SeenHosts;
  readonly reports: Reports;
  passes = 0;
  fenced = 0;
  /** Paused: it neither works nor notices, and goes on later as if nothing had been. */
  pausedUntilMs = 0;
  #token: number | undefined;
  #isDirty = true;
  #lookedAtMs = 0;
  readonly #index: number;
  readonly #parts: SchedulerParts;
  readonly #caller: HostCaller;
  readonly #polledAt = new Map<string, number>();

  constructor(index: number, parts: SchedulerParts) {
    this.#index = index;
    this.#parts = parts;
    this.store = new MemoryObjectStore(parts.log);
    this.seen = new SeenHosts(parts.clock.now);
    this.reports = new Reports(() => parts.clock.now);
    this.#caller = new HostCaller({
      hosts: parts.hosts,
      reports: this.reports,
      now: () => parts.clock.now,
      // which workload a life is of is all that a simulated host asks for
      requestOf: (key, workloadId) => ({ workloadId, workload: { name: key } }),
      onAnswer: () => (this.#isDirty = true),
      onFailure() {},
    });
  }

  get isLeading(): boolean {
    return this.#token !== undefined;
  }

  async tick(): Promise<void> {
    const { clock } = this.#parts;
    if (clock.now < this.pausedUntilMs) return;
    this.seen.listens(clock.now);
    await this.#keepLease();
    if (this.#token === undefined) return;
    this.#poll();
    if (!this.#isDirty && clock.now - this.#lookedAtMs < lookEveryMs) return;
    this.#isDirty = false;
    this.#lookedAtMs = clock.now;
    await this.#pass(this.#token);
  }

  /** One that was paused does not know that it lost the lease: it goes on with its old token, which the fence must refuse. */
  async #keepLease(): Promise<void> {
    const { lease, clock } = this.#parts;
    if (this.#token !== undefined) {
      if (lease.holder === this.#index && lease.token === this.#token) lease.renewedAtMs = clock.now;
      return;
    }
    if (clock.now - lease.renewedAtMs < takeOverAfterMs) return;
    lease.holder = this.#index;
    lease.token++;
    lease.renewedAtMs = clock.now;
    this.reports.clear();
    this.#polledAt.clear();
    if (await this.store.raiseFence({ token: lease.token, instance: String(this.#index) })) this.#token = lease.token;
  }

  async #pass(token: number): Promise<void> {
    const { rules, clock, newUid } = this.#parts;
    this.passes++;
    const observe = (asOfMs: number) => ({
      hosts: this.seen.hosts,
      reports: this.reports.reports,
      listeningSinceMs: this.seen.listeningSinceMs,
      troubles: this.reports.troubles,
      calling: this.reports.calling,
      asOfMs,
    });
    const led = await leadPass({ store: this.store, rules, now: () => clock.now, newUid, observe }, token);
    if (led.isFenced) {
      this.#token = undefined;
      this.fenced++;
    }
    if (!led.isSettled) this.#isDirty = true;
    this.#caller.ask(led.calls);
    const known = knownLives(this.store.view);
    this.reports.prune((workloadId) => known.has(workloadId));
  }

  #poll(): void {
    const { clock } = this.#parts;
    for (const [id, { lastSeenMs }] of this.seen.hosts) {
      const isDue = clock.now - (this.#polledAt.get(id) ?? 0) >= pollEveryMs;
      if (!isDue || clock.now - lastSeenMs >= 60_000) continue;
      this.#polledAt.set(id, clock.now);
      this.#caller.poll(id);
    }
  }
}
