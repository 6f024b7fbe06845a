/** What is done to the world, one blow after the other, in an order that follows from the seed. Who is struck depends on what runs. */
import { Agent } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { waitFor } from "@holdfast/testkit";
import { callHost } from "./traffic.ts";
import { deploymentNames, type HostAddress, leaderOf, type World } from "./world.ts";

/** A number in [0, 1) (mulberry32): the same seed gives the same numbers. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export type BlowName =
  | "kill a host"
  | "stop a host"
  | "drain a host"
  | "pause a host"
  | "kill the leader"
  | "stop the leader"
  | "pause the leader"
  | "kill a nats-server";

/** Stops a process in its tracks for a while. It also goes on when this one ends meanwhile: nothing else would end it then. */
async function holdStill(pid: number, ms: number): Promise<void> {
  const goOn = () => void process.kill(pid, "SIGCONT");
  process.kill(pid, "SIGSTOP");
  process.once("exit", goOn);
  await pause(ms);
  process.off("exit", goOn);
  goOn();
}

/** Replicas of each deployment that must answer on hosts that a blow leaves alone. */
const spared = 2;

export class Blows {
  readonly #world: World;
  /** Which blow comes next; apart from all other chance, which depends on what happens when. */
  readonly #order: () => number;
  readonly #random: () => number;
  readonly #startedAt = performance.now();
  readonly #killedAt = new Map<number, number>();
  readonly #paused = new Set<number>();
  /** Hosts that are down or on their way back. */
  readonly #out = new Set<number>();
  readonly #schedulersOut = new Set<number>();
  /** What brings back what was struck. */
  readonly #recoveries = new Set<Promise<void>>();
  readonly #failures: unknown[] = [];
  #isServerOut = false;
  readonly #agent = new Agent({ keepAlive: false });
  readonly counts = new Map<BlowName, number>();
  /** What was done when, for whoever reads a failure. */
  readonly story: string[] = [];
  /** How often each comes among a hundred, and what it does: false when nobody may be struck so at the moment. */
  readonly #kinds: readonly [BlowName, number, () => Promise<boolean>][];

  constructor(world: World, seed: number) {
    this.#world = world;
    this.#order = seeded(seed);
    this.#random = seeded(seed + 1);
    this.#kinds = [
      ["kill a host", 20, () => this.#strikeHost("SIGKILL")],
      ["stop a host", 15, () => this.#strikeHost("SIGTERM")],
      ["drain a host", 10, () => this.#drainHost()],
      ["pause a host", 10, () => this.#pauseHost()],
      ["kill the leader", 15, () => this.#strikeLeader("SIGKILL")],
      ["stop the leader", 10, () => this.#strikeLeader("SIGTERM")],
      ["pause the leader", 10, () => this.#pauseLeader()],
      ["kill a nats-server", 10, () => this.#strikeServer()],
    ];
  }

  wasKilledSince(index: number, sinceMs: number): boolean {
    return (this.#killedAt.get(index) ?? Number.NEGATIVE_INFINITY) >= sinceMs;
  }

  isPaused(index: number): boolean {
    return this.#paused.has(index);
  }

  note(what: string): void {
    this.story.push(`${((performance.now() - this.#startedAt) / 1_000).toFixed(1)} s: ${what}`);
  }

  /** Strikes until the time is over. */
  async strike(seconds: number): Promise<void> {
    const until = performance.now() + seconds * 1_000;
    while (performance.now() < until) {
      const [name, , blow] = this.#choose();
      const isDone = await blow();
      if (isDone) this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
      await pause(isDone ? 300 + this.#random() * 1_200 : 100);
    }
  }

  /** All that was struck is back. Rejects when something did not come back. */
  async recovered(): Promise<void> {
    await Promise.all(this.#recoveries);
    this.#agent.destroy();
    if (this.#failures.length > 0) throw new AggregateError(this.#failures, "not everything that was struck came back");
  }

  #choose() {
    let left = this.#order() * 100;
    const chosen = this.#kinds.find(([, share]) => (left -= share) < 0) ?? this.#kinds[0];
    if (chosen === undefined) throw new Error("there are no blows");
    return chosen;
  }

  async #strikeHost(signal: "SIGKILL" | "SIGTERM"): Promise<boolean> {
    const host = await this.#victim();
    if (host === undefined) return false;
    this.#out.add(host.index);
    this.note(`${signal} to host ${host.index}`);
    const noteKill = () => signal === "SIGKILL" && this.#killedAt.set(host.index, performance.now());
    const { mesh } = this.#world;
    this.#recover(async () => {
      noteKill();
      await mesh.kill("host-agent", host.index, signal);
      // a moment passes between the signal and the end
      noteKill();
      await pause(500 + this.#random() * 8_000);
      await this.#restart("host-agent", host.index);
      this.#out.delete(host.index);
      this.note(`host ${host.index} is back`);
    });
    return true;
  }

  /** For less or more than it takes to be given up as gone: then it wakes up with what runs elsewhere by now. */
  async #pauseHost(): Promise<boolean> {
    const host = await this.#victim();
    const pid = host && this.#pidOf("host-agent", host.index);
    if (host === undefined || pid === undefined) return false;
    this.#out.add(host.index);
    this.#paused.add(host.index);
    this.note(`pause host ${host.index}`);
    this.#recover(async () => {
      await holdStill(pid, 2_000 + this.#random() * 8_000);
      this.#paused.delete(host.index);
      this.#out.delete(host.index);
      this.note(`host ${host.index} goes on`);
    });
    return true;
  }

  #pidOf(service: "host-agent" | "scheduler", index: number): number | undefined {
    return this.#world.mesh.processes.find((each) => each.service === service && each.index === index)?.pid;
  }

  async #drainHost(): Promise<boolean> {
    const host = await this.#victim();
    if (host === undefined) return false;
    this.#out.add(host.index);
    this.note(`drain host ${host.index}`);
    this.#recover(async () => {
      await this.#setDraining(host, true);
      await pause(1_000 + this.#random() * 4_000);
      await this.#setDraining(host, false);
      this.#out.delete(host.index);
      this.note(`host ${host.index} takes workloads again`);
    });
    return true;
  }

  /** The scheduler that is asked may die over it, and the store may be without a leader for a while. */
  async #setDraining({ id }: HostAddress, isDraining: boolean): Promise<void> {
    const order = () => this.#world.api.DrainHost({ hostId: id, isDraining });
    await waitFor(order, { timeoutMs: 30_000, intervalMs: 200, what: `host ${id} told to drain: ${isDraining}` });
  }

  async #strikeLeader(signal: "SIGKILL" | "SIGTERM"): Promise<boolean> {
    const index = await this.#leaderToStrike();
    if (index === undefined) return false;
    this.note(`${signal} to the leader, scheduler ${index}`);
    const { mesh } = this.#world;
    this.#recover(async () => {
      await mesh.kill("scheduler", index, signal);
      await pause(500 + this.#random() * 4_000);
      await this.#restart("scheduler", index);
      this.#schedulersOut.delete(index);
    });
    return true;
  }

  /** Long enough for another one to take over: it wakes up and believes that it still leads. */
  async #pauseLeader(): Promise<boolean> {
    const index = await this.#leaderToStrike();
    const pid = index === undefined ? undefined : this.#pidOf("scheduler", index);
    if (index === undefined || pid === undefined) return false;
    this.note(`pause the leader, scheduler ${index}`);
    this.#recover(async () => {
      await holdStill(pid, 5_000 + this.#random() * 3_000);
      this.#schedulersOut.delete(index);
    });
    return true;
  }

  /** One after the other, with time to catch up: two of three are a majority, one is not. A single server is left alone. */
  async #strikeServer(): Promise<boolean> {
    const { servers } = this.#world;
    const place = Math.floor(this.#random() * servers.length);
    const server = servers[place];
    if (this.#isServerOut || server === undefined) return false;
    this.#isServerOut = true;
    this.note(`SIGKILL to nats-server ${place}`);
    this.#recover(async () => {
      await server.kill();
      await pause(500 + this.#random() * 2_000);
      await server.restart();
      await pause(8_000);
      this.#isServerOut = false;
    });
    return true;
  }

  /** Again until it starts, as a supervisor does: its nats-server may be down. */
  async #restart(service: "host-agent" | "scheduler", index: number): Promise<void> {
    const start = () => this.#world.mesh.restart(service, index).then(() => true);
    await waitFor(start, { timeoutMs: 60_000, intervalMs: 500, what: `${service} ${index} started again` });
  }

  async #leaderToStrike(): Promise<number | undefined> {
    if (this.#schedulersOut.size + 1 >= this.#world.schedulers) return undefined;
    const index = await leaderOf(this.#world);
    if (index === undefined || this.#schedulersOut.has(index)) return undefined;
    this.#schedulersOut.add(index);
    return index;
  }

  /** A host that may go: enough replicas of each deployment answer on others that no blow has touched. */
  async #victim(): Promise<HostAddress | undefined> {
    const { hosts } = this.#world;
    const standing = hosts.filter(({ index }) => !this.#out.has(index));
    const victim = standing[Math.floor(this.#random() * standing.length)];
    const others = standing.filter((host) => host !== victim);
    for (const name of deploymentNames) {
      const attempts = await Promise.all(
        others.map((host) => callHost(this.#agent, host, name, (index) => this.isPaused(index))),
      );
      const serving = attempts.filter((attempt) => attempt.outcome === "answered" && attempt.status === 200);
      if (serving.length < spared) return undefined;
    }
    return victim;
  }

  #recover(recovery: () => Promise<void>): void {
    this.#recoveries.add(recovery().catch((error: unknown) => void this.#failures.push(error)));
  }
}
