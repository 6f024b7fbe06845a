/** The calls of one workload: bounded, timed and counted by component. */
import { WorkloadCallFailed } from "../plugin.ts";
import { Gate } from "./gate.ts";
import type { CallScope } from "./isolate.ts";

export type CallLimits = { readonly maxCalls: number; readonly maxQueue: number; readonly callTimeoutMs: number };
export type CallCounts = { calls: number; failures: number };

/** One call that has its place. */
export type EnteredCall = {
  /** Aborted when the caller gives up or time is up. */
  readonly scope: CallScope;
  /** The rest may take as long as it takes. */
  readonly endTime: () => void;
  /** Gives the place to the next. */
  readonly leave: () => void;
  /** What to throw for a call that failed; counts it. */
  readonly failed: (error: unknown) => unknown;
};

export class Calls {
  readonly #limits: CallLimits;
  readonly #gate: Gate;
  readonly #counts = new Map<string, CallCounts>();

  constructor(limits: CallLimits) {
    this.#limits = limits;
    this.#gate = new Gate({ most: limits.maxCalls, longestQueue: limits.maxQueue });
  }

  countsOf(component: string): CallCounts {
    let counts = this.#counts.get(component);
    if (counts === undefined) this.#counts.set(component, (counts = { calls: 0, failures: 0 }));
    return counts;
  }

  /** Waits for a place. Rejects with `WorkloadCallFailed` when there is none in time, or the queue is full. */
  async enter(component: string, { signal, traceparent }: CallScope): Promise<EnteredCall> {
    const time = new AbortController();
    const timer = setTimeout(() => time.abort(), this.#limits.callTimeoutMs);
    const endTime = () => clearTimeout(timer);
    const limit = AbortSignal.any([signal, time.signal]);
    const out = await this.#gate.enter(limit).catch((error: unknown) => {
      endTime();
      throw error;
    });
    const leave = () => {
      endTime();
      out();
    };
    const failed = (error: unknown) => this.#failed(component, error, time.signal);
    return { scope: { signal: limit, traceparent }, endTime, leave, failed };
  }

  /** Refuses those who wait; resolves when no call is in hand, or after so long. */
  async close(graceMs: number): Promise<void> {
    this.#gate.close();
    await this.#gate.idle(graceMs);
  }

  #failed(component: string, error: unknown, time: AbortSignal): unknown {
    if (!(error instanceof WorkloadCallFailed)) return error;
    this.countsOf(component).failures++;
    if (!time.aborted) return error;
    return new WorkloadCallFailed("timeout", `no answer within ${this.#limits.callTimeoutMs / 1_000} s`);
  }
}
