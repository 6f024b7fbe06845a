/** Leads as long as it holds the lease: reads, decides, writes, asks hosts; again as soon as something happens, at the latest after a while. */
import { setTimeout as delay } from "node:timers/promises";
import type { Sealer } from "@holdfast/runtime";
import { ArtifactWatch, type ImageResolver } from "./artifacts.ts";
import { knownLives } from "./domain/lost-lives.ts";
import type { ReconcileRules } from "./domain/reconcile.ts";
import type { EventLog } from "./event-log.ts";
import { requestOfLife, secretsIn } from "./life-request.ts";
import { timed } from "./figures.ts";
import { HostCaller } from "./host-caller.ts";
import type { HostPort } from "./host-port.ts";
import { keepLease } from "./keep-lease.ts";
import { leadPass } from "./lead.ts";
import type { Lease } from "./lease.ts";
import type { ObjectStore } from "./object-store.ts";
import type { Reports } from "./reports.ts";
import type { SeenHosts } from "./seen-hosts.ts";

/** Nothing happened: look all the same. */
const lookEveryMs = 2_000;
/** What happens within this time is looked at together. */
const gatherMs = 25;
const pollEveryMs = 15_000;
const retryMs = 500;
const tellEveryMs = 60_000;

type Log = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  debug(fields: object, message: string): void;
};

export type LeaderParts = {
  readonly store: ObjectStore;
  readonly lease: Lease;
  readonly events: EventLog;
  readonly hosts: HostPort;
  readonly seen: SeenHosts;
  readonly reports: Reports;
  readonly sealer: Sealer;
  readonly resolveImage: ImageResolver;
  readonly rules: ReconcileRules;
  readonly artifactEveryMs: number;
  readonly instance: string;
  readonly now: () => number;
  readonly newUid: () => string;
  readonly log: Log;
};

export type Leader = {
  /** Something was heard of a host that may matter: it is asked how it is. */
  wake(hostId: string): void;
  /** Gives the lease up and resolves when nothing is being written any more. */
  stop(): Promise<void>;
};

/** Begins to compete for the lease, and to lead while it has it. */
export function startLeader(parts: LeaderParts): Leader {
  const loop = new LeaderLoop(parts);
  const done = loop.run();
  return {
    wake: (hostId) => loop.askAnew(hostId),
    async stop() {
      loop.end();
      await done;
    },
  };
}

class LeaderLoop {
  readonly #parts: LeaderParts;
  readonly #caller: HostCaller;
  readonly #artifacts: ArtifactWatch;
  readonly #ending = new AbortController();
  readonly #polledAt = new Map<string, number>();
  #forgotAtMs = 0;
  #told = { message: "", atMs: 0 };
  #wakeUp = Promise.withResolvers<void>();
  /** For which a fence of ours stands. */
  #fenced: number | undefined;

  constructor(parts: LeaderParts) {
    this.#parts = parts;
    const { hosts, reports, now, log } = parts;
    const secretOf = secretsIn(parts.store.view, parts.sealer);
    this.#caller = new HostCaller({
      hosts,
      reports,
      now,
      requestOf: (key, workloadId) => requestOfLife(key, workloadId, { view: parts.store.view, secretOf }),
      onAnswer: () => this.wake(),
      onFailure: (hostId, operation, err) => log.debug({ err, hostId, operation }, "a host could not be asked"),
    });
    this.#artifacts = new ArtifactWatch({
      resolve: parts.resolveImage,
      secretOf,
      now,
      everyMs: parts.artifactEveryMs,
      onFound: () => this.wake(),
    });
  }

  wake(): void {
    this.#wakeUp.resolve();
  }

  askAnew(hostId: string): void {
    this.#polledAt.delete(hostId);
    this.wake();
  }

  end(): void {
    this.#ending.abort();
    this.wake();
  }

  async run(): Promise<void> {
    // beside the passes: one of them may take longer than the lease lasts between renewals
    const leasing = keepLease({ ...this.#parts, onChange: () => this.wake() }, this.#ending.signal);
    while (!this.#ending.signal.aborted) {
      try {
        const isSettled = await this.#turn();
        await this.#rest(isSettled ? lookEveryMs : 0);
      } catch (err) {
        this.#tell(err);
        await this.#rest(retryMs);
      }
    }
    await leasing;
  }

  /** The same failure again and again is told once a minute. */
  #tell(err: unknown): void {
    const { now, log } = this.#parts;
    const message = String(err);
    if (this.#told.message === message && now() - this.#told.atMs < tellEveryMs) return;
    this.#told = { message, atMs: now() };
    log.warn({ err }, "a pass failed: the next one decides anew");
  }

  /** Until somebody wakes it or, while it leads, the store hints at a change; at most so long. */
  async #rest(ms: number): Promise<void> {
    if (ms > 0) {
      const { store, lease } = this.#parts;
      const waiting = new AbortController();
      const { signal } = waiting;
      const news =
        lease.token === undefined
          ? delay(ms, undefined, { signal }).catch(() => undefined)
          : store.changed(store.revision, ms, signal);
      await Promise.race([news, this.#wakeUp.promise]);
      waiting.abort();
      await delay(gatherMs);
    }
    this.#wakeUp = Promise.withResolvers();
  }

  /** True when there is nothing more to do for now. */
  async #turn(): Promise<boolean> {
    const { token } = this.#parts.lease;
    if (token === undefined) return true;
    if (token !== this.#fenced && !(await this.#begin(token))) return true;
    const { store, events } = this.#parts;
    this.#poll();
    const before = store.revision;
    await this.#writeArtifacts(token);
    const led = await timed(() => leadPass({ ...this.#parts, observe: (asOfMs) => this.#observe(asOfMs) }, token));
    if (led.isFenced) return this.#stepDown();
    await events.append(led.events);
    this.#caller.ask(led.calls);
    this.#forgetEnded();
    // refused though nobody wrote: the last write of the store is one that left no trace, so the view cannot know its number
    if (led.isConflict && store.revision === before) await store.raiseFence({ token, instance: this.#parts.instance });
    return led.isSettled;
  }

  async #begin(token: number): Promise<boolean> {
    const { store, reports, instance } = this.#parts;
    reports.clear();
    this.#artifacts.clear();
    this.#polledAt.clear();
    if (!(await store.raiseFence({ token, instance }))) return this.#stepDown();
    this.#fenced = token;
    return true;
  }

  async #stepDown(): Promise<false> {
    this.#fenced = undefined;
    this.#parts.log.warn({}, "another scheduler leads by now");
    await this.#parts.lease.release();
    return false;
  }

  #observe(asOfMs: number) {
    const { seen, reports, now } = this.#parts;
    // the store has just answered
    seen.listens(now());
    const { hosts, listeningSinceMs } = seen;
    return {
      hosts,
      listeningSinceMs,
      reports: reports.reports,
      troubles: reports.troubles,
      calling: reports.calling,
      asOfMs,
    };
  }

  #poll(): void {
    const { seen, rules, now } = this.#parts;
    seen.forgetOld(now());
    for (const [hostId, { lastSeenMs }] of seen.hosts) {
      const isDue = now() - (this.#polledAt.get(hostId) ?? 0) >= pollEveryMs;
      if (!isDue || now() - lastSeenMs >= rules.goneAfterMs) continue;
      this.#polledAt.set(hostId, now());
      this.#caller.poll(hostId);
    }
  }

  /** What hosts said of lives that are over, and that no object names any more. */
  #forgetEnded(): void {
    const { store, reports, now } = this.#parts;
    if (now() - this.#forgotAtMs < pollEveryMs) return;
    this.#forgotAtMs = now();
    const known = knownLives(store.view);
    for (const { record } of store.view.all("Host")) for (const { workloadId } of record.orphans) known.add(workloadId);
    reports.prune((workloadId) => known.has(workloadId));
  }

  async #writeArtifacts(token: number): Promise<void> {
    const { store } = this.#parts;
    await store.refresh();
    // the view knows of a successor by now: what it says is not ours to change
    if (store.fence?.token !== token) return;
    const writes = this.#artifacts.look(store.view.all("Artifact"));
    if (writes.length > 0) await store.commit(writes);
  }
}
