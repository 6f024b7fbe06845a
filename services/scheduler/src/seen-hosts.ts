/** Hosts by their heartbeats, kept by every instance, so that one that takes over knows them. */
import { type HostHeartbeat, isHostId } from "@holdfast/host-protocol";
import type { SeenHost } from "./domain/observed.ts";

/** More hosts than this are not taken in. */
const maxHosts = 20_000;
/** A host not heard of for so long is forgotten. Milliseconds. */
const forgetAfterMs = 24 * 3_600_000;

/** Without a sign that NATS reaches this process for so long, heartbeats may have been missed. Milliseconds. */
const deafAfterMs = 3_000;

export class SeenHosts {
  #listeningSinceMs: number;
  #listenedAtMs: number;
  readonly #hosts = new Map<string, SeenHost>();

  constructor(now: number) {
    this.#listeningSinceMs = now;
    this.#listenedAtMs = now;
  }

  /** Since when each heartbeat would have been heard. */
  get listeningSinceMs(): number {
    return this.#listeningSinceMs;
  }

  /** NATS has just answered. To be called all the time: a gap (NATS was away, this process was paused, the clock was set) is nobody's silence. */
  listens(now: number): void {
    if (now - this.#listenedAtMs > deafAfterMs) this.#listeningSinceMs = now;
    this.#listenedAtMs = now;
  }

  get hosts(): ReadonlyMap<string, SeenHost> {
    return this.#hosts;
  }

  /** True when it changes what may be placed where: a new host, or another state, label or interface. */
  take(heartbeat: HostHeartbeat, now: number): boolean {
    const { id } = heartbeat;
    const before = this.#hosts.get(id);
    if (!isHostId(id) || (before === undefined && this.#hosts.size >= maxHosts)) return false;
    this.#hosts.set(id, { heartbeat, lastSeenMs: now });
    return before === undefined || stateOf(before.heartbeat) !== stateOf(heartbeat);
  }

  forgetOld(now: number): void {
    for (const [id, { lastSeenMs }] of this.#hosts) if (now - lastSeenMs > forgetAfterMs) this.#hosts.delete(id);
  }
}

const stateOf = ({ labels, startedAt, imports, exports }: HostHeartbeat) =>
  JSON.stringify([labels, startedAt, imports.length, exports.length]);
