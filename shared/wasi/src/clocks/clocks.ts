import { Pollable } from "../io/poll.ts";
import { repeatableMembers } from "../repeatable-members.ts";
import { Timers } from "../timers.ts";

/** Where time comes from. */
export interface ClockSource {
  /** nanoseconds since any moment, never going back */
  monotonicNs(): bigint;
  /** milliseconds since 1970 */
  wallMs(): number;
}

export interface ClockOptions {
  /**
   * Steps of the monotonic clock in nanoseconds, and of the wall clock where coarser than its millisecond. A step of a
   * microsecond or more takes a tenant the ruler it would measure caches with. Default: 1 us.
   */
  resolutionNs?: bigint;
  source?: ClockSource;
}

const systemClock: ClockSource = { monotonicNs: () => process.hrtime.bigint(), wallMs: () => Date.now() };

const nsPerMs = 1_000_000n;
const nsPerSecond = 1_000_000_000n;
const maxInstant = 2n ** 64n - 1n;

/** `datetime` of an instant in nanoseconds since 1970. */
export const toDatetime = (ns: bigint): Datetime => ({
  seconds: ns / nsPerSecond,
  nanoseconds: Number(ns % nsPerSecond),
});

export interface Datetime {
  seconds: bigint;
  nanoseconds: number;
}

/**
 * `wasi:clocks`: `monotonic-clock` counts from when the instance was made, so that it says nothing of the host's uptime;
 * `timezone` knows only UTC, which is what WASI asks of a host that keeps its time zone to itself.
 */
export function createClocks({ resolutionNs = 1_000n, source = systemClock }: ClockOptions = {}) {
  const origin = source.monotonicNs();
  const now = (): bigint => {
    const elapsed = source.monotonicNs() - origin;
    return elapsed - (elapsed % resolutionNs);
  };
  const wallStepNs = resolutionNs > nsPerMs ? resolutionNs : nsPerMs;
  const wallNow = (): Datetime => {
    const ns = BigInt(Math.trunc(source.wallMs())) * nsPerMs;
    return toDatetime(ns - (ns % wallStepNs));
  };
  const timers = new Timers(now);
  const subscribeInstant = (when: bigint) => new Pollable(timers.at(when));

  return {
    now,
    timers,
    monotonicClock: repeatableMembers({
      now,
      resolution: () => resolutionNs,
      subscribeInstant,
      subscribeDuration: (duration: bigint) => {
        const when = now() + duration;
        return subscribeInstant(when > maxInstant ? maxInstant : when);
      },
    }),
    wallClock: repeatableMembers({ now: wallNow, resolution: () => toDatetime(wallStepNs) }),
    timezone: repeatableMembers({
      display: () => ({ utcOffset: 0, name: "UTC", inDaylightSavingTime: false }),
      utcOffset: () => 0,
    }),
  };
}
