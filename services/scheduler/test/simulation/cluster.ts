/**
 * A cluster in virtual time: hosts, three schedulers over one store, a network that loses and repeats, and somebody who breaks things.
 * Counts for how long any workload was without a life, and any life ran that nobody wanted.
 */
import { MemoryLog } from "../../src/adapters/memory-object-store.ts";
import { keyOf, newBase, type StoredRecord } from "../../src/domain/records.ts";
import type { ReconcileRules } from "../../src/domain/reconcile.ts";
import type { HostPort } from "../../src/host-port.ts";
import { chance, Clock } from "./clock.ts";
import { SimulatedHost } from "./host.ts";
import { SimulatedScheduler, type SimulatedLease } from "./scheduler.ts";

export type Faults = {
  /** Share of messages that get lost, and of those that arrive twice. */
  readonly loss: number;
  readonly duplicates: number;
  /** Share of starts that the host refuses. */
  readonly brokenStarts: number;
  /** Per second of virtual time. */
  readonly hostDeaths: number;
  readonly cutOffs: number;
  readonly crashes: number;
  readonly leaderPauses: number;
};

export const noFaults: Faults = {
  loss: 0,
  duplicates: 0,
  brokenStarts: 0,
  hostDeaths: 0,
  cutOffs: 0,
  crashes: 0,
  leaderPauses: 0,
};

export const rules: ReconcileRules = {
  silentAfterMs: 35_000,
  goneAfterMs: 60_000,
  maxCpuPercent: 80,
  assumedMemoryMb: 32,
  memoryShare: 0.9,
  allowSharedHosts: true,
  maxPlacements: 1_000,
};

export type Figures = {
  /** Longest time that a workload which should run did not, once everything had come up. Milliseconds. */
  longestWithoutLifeMs: number;
  /** Longest time that something ran on a reachable host which nobody wanted. Milliseconds. */
  longestUnwantedMs: number;
};

export class SimulatedCluster {
  readonly clock = new Clock();
  readonly hosts = new Map<string, SimulatedHost>();
  readonly log = new MemoryLog();
  readonly lease: SimulatedLease = { holder: -1, token: 0, renewedAtMs: 0 };
  readonly schedulers: SimulatedScheduler[];
  readonly figures: Figures = { longestWithoutLifeMs: 0, longestUnwantedMs: 0 };
  faults: Faults = noFaults;
  readonly random: () => number;
  readonly #withoutSince = new Map<string, number>();
  readonly #unwantedSince = new Map<string, number>();
  #uids = 0;

  constructor(seed: number, hostCount: number) {
    this.random = chance(seed);
    for (let index = 0; index < hostCount; index++) {
      const host = new SimulatedHost(`h${index}`, `g${index % 4}`, this.clock.now);
      this.hosts.set(host.id, host);
      this.#beat(host, this.random() * 15_000);
    }
    const parts = {
      clock: this.clock,
      log: this.log,
      lease: this.lease,
      hosts: this.#network(),
      rules,
      newUid: this.newUid,
    };
    this.schedulers = [0, 1, 2].map((index) => new SimulatedScheduler(index, parts));
    for (const [index, scheduler] of this.schedulers.entries()) this.#every(1_000, index * 333, () => scheduler.tick());
    this.#every(1_000, 500, () => this.#breakThings());
  }

  readonly newUid = (): string => `hf${(this.#uids++).toString(36).padStart(16, "0")}`;

  /** Keeps an object as Apply would. */
  apply(record: StoredRecord): void {
    this.log.append({ key: keyOf(record), record });
  }

  base() {
    return newBase(this.newUid(), this.clock.now);
  }

  get leader(): SimulatedScheduler | undefined {
    return this.schedulers.find(({ isLeading }) => isLeading);
  }

  /** The records as an all-knowing reader has them. */
  async view() {
    const [reader] = this.schedulers;
    if (reader === undefined) throw new Error("no scheduler");
    await reader.store.refresh();
    return reader.store.view;
  }

  /** Lets time pass, looking each second at what runs and what should. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await this.clock.advance(1_000);
      await this.#measure();
    }
  }

  /** What is wrong at this moment: nothing, once it has converged. */
  async wrong(): Promise<string[]> {
    const { without, unwanted } = await this.#compare();
    return [...without.map((key) => `${key} has no life`), ...unwanted.map((id) => `${id} runs and nobody wants it`)];
  }

  async #measure(): Promise<void> {
    const { without, unwanted } = await this.#compare();
    const { figures } = this;
    figures.longestWithoutLifeMs = Math.max(figures.longestWithoutLifeMs, this.#longest(this.#withoutSince, without));
    figures.longestUnwantedMs = Math.max(figures.longestUnwantedMs, this.#longest(this.#unwantedSince, unwanted));
  }

  #longest(since: Map<string, number>, present: readonly string[]): number {
    const now = new Set(present);
    for (const key of since.keys()) if (!now.has(key)) since.delete(key);
    let longest = 0;
    for (const key of now) {
      const begun = since.get(key) ?? this.clock.now;
      since.set(key, begun);
      longest = Math.max(longest, this.clock.now - begun);
    }
    return longest;
  }

  async #compare(): Promise<{ without: string[]; unwanted: string[] }> {
    const view = await this.view();
    const wanted = new Map<string, string>();
    const without: string[] = [];
    for (const { key, record } of view.all("Workload")) {
      const { placement, leaving } = record.run;
      for (const life of leaving) if (life.isWaiting) wanted.set(life.workloadId, life.hostId);
      if (placement !== undefined && !record.isDeleting) wanted.set(placement.workloadId, placement.hostId);
      const host = placement && this.hosts.get(placement.hostId);
      const runs = placement !== undefined && host?.isReachable === true && host.workloads.has(placement.workloadId);
      if (!runs && !record.isDeleting) without.push(key);
    }
    const unwanted: string[] = [];
    for (const host of this.hosts.values()) {
      if (!host.isReachable) continue;
      for (const id of host.workloads.keys()) if (wanted.get(id) !== host.id) unwanted.push(id);
    }
    return { without, unwanted };
  }

  #every(ms: number, firstMs: number, run: () => void | Promise<void>): void {
    const again = async () => {
      await run();
      this.clock.after(ms, again);
    };
    this.clock.after(firstMs, again);
  }

  #beat(host: SimulatedHost, delayMs: number): void {
    this.clock.after(delayMs, () => {
      if (host.isReachable) {
        const heartbeat = host.heartbeat();
        for (const { seen } of this.schedulers)
          if (!this.#isUnlucky(this.faults.loss)) seen.take(heartbeat, this.clock.now);
      }
      this.#beat(host, 15_000);
    });
  }

  #isUnlucky(share: number): boolean {
    return share > 0 && this.random() < share;
  }

  /** A question goes to a host and its answer comes back, unless either gets lost; some are asked twice. */
  #network(): HostPort {
    const ask = <T>(hostId: string, timeoutMs: number, question: (host: SimulatedHost) => T): Promise<T> => {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      const host = this.hosts.get(hostId);
      const deliver = () => {
        if (host === undefined || !host.isReachable) return;
        const answer = question(host);
        if (!this.#isUnlucky(this.faults.loss)) this.clock.after(5 + this.random() * 100, () => resolve(answer));
      };
      const delayMs = 5 + this.random() * 100;
      if (!this.#isUnlucky(this.faults.loss)) this.clock.after(delayMs, deliver);
      if (this.#isUnlucky(this.faults.duplicates)) this.clock.after(delayMs + this.random() * 20_000, deliver);
      this.clock.after(timeoutMs, () => reject(new Error("no answer")));
      return promise;
    };
    return {
      start: (hostId, { workloadId = "" }) => {
        const isBroken = this.#isUnlucky(this.faults.brokenStarts);
        return ask(hostId, 60_000, (host) => host.start(workloadId, isBroken));
      },
      stop: (hostId, workloadId) => ask(hostId, 30_000, (host) => host.stop(workloadId)),
      survey: (hostId) => ask(hostId, 5_000, (host) => ({ said: host.list(), isComplete: true })),
    };
  }

  #pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.random() * items.length)];
  }

  #breakThings(): void {
    const { hostDeaths, cutOffs, crashes, leaderPauses } = this.faults;
    const alive = [...this.hosts.values()].filter(({ isReachable }) => isReachable);
    if (this.#isUnlucky(hostDeaths)) this.#kill(this.#pick(alive));
    if (this.#isUnlucky(cutOffs)) this.#cutOff(this.#pick(alive));
    if (this.#isUnlucky(crashes)) {
      const host = this.#pick(alive);
      const id = this.#pick([...(host?.workloads.keys() ?? [])]);
      if (id !== undefined) host?.workloads.delete(id);
    }
    const { leader } = this;
    if (leader !== undefined && this.#isUnlucky(leaderPauses))
      leader.pausedUntilMs = this.clock.now + 5_000 + this.random() * 20_000;
  }

  #kill(host: SimulatedHost | undefined): void {
    host?.die();
    this.clock.after(10_000 + this.random() * 200_000, () => host?.revive(this.clock.now));
  }

  #cutOff(host: SimulatedHost | undefined): void {
    if (host === undefined) return;
    host.isCutOff = true;
    this.clock.after(10_000 + this.random() * 200_000, () => {
      host.isCutOff = false;
    });
  }
}
