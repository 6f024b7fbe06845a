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
    // One controller for both reasons: `AbortSignal.any` costs more than a small component's whole call.
    const limit = new AbortController();
    let isLate = false;
    const giveUp = () => limit.abort();
    const timer = setTimeout(() => {
      isLate = true;
      giveUp();
    }, this.#limits.callTimeoutMs);
    const endTime = () => clearTimeout(timer);
    const end = () => {
      endTime();
      signal.removeEventListener("abort", giveUp);
    };
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    const out = await this.#gate.enter(limit.signal).catch((error: unknown) => {
      end();
      throw error;
    });
    const leave = () => {
      end();
      out();
    };
    const failed = (error: unknown) => this.#failed(component, error, isLate);
    return { scope: { signal: limit.signal, traceparent }, endTime, leave, failed };
  }

  /** Refuses those who wait; resolves when no call is in hand, or after so long. */
  async close(graceMs: number): Promise<void> {
    this.#gate.close();
    await this.#gate.idle(graceMs);
  }

  #failed(component: string, error: unknown, isLate: boolean): unknown {
    if (!(error instanceof WorkloadCallFailed)) return error;
    this.countsOf(component).failures++;
    if (!isLate) return error;
    return new WorkloadCallFailed("timeout", `no answer within ${this.#limits.callTimeoutMs / 1_000} s`);
  }
}
