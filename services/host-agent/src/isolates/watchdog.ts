/**
 * Ends a worker that does not yield: while it has calls in hand, and until it has answered once after the last of them, it is pinged, and when
 * it burns more CPU than allowed without answering, it is stuck. A call that was given up may spin on. CPU time, not time: on a busy
 * machine a worker that waits for its turn is not to blame. Idle workers cost nothing.
 */

export type Watched = {
  /** Asks the worker for a sign of life; `pong` is called when it comes. */
  ping(): void;
  /** CPU that the worker has used so far, milliseconds. Rejects when it is gone. */
  cpuMs(): Promise<number>;
  /** It is stuck: end it. */
  onStuck(limitMs: number): void;
};

/** How often to look. Milliseconds. */
const everyMs = 100;

export class Watchdog {
  readonly #watched: Watched;
  /** What each call in hand may burn; the most generous one counts, since nobody can tell whose CPU it is. */
  readonly #limits = new Map<symbol, number>();
  #timer: NodeJS.Timeout | undefined;
  /** Of the call that ended last. */
  #lastLimitMs = 0;
  /** The last call is over, and it has not answered since. */
  #isInDoubt = false;
  /** Undefined: no ping is unanswered. `cpuMs` is what had been used when it was late for the first time. */
  #unanswered: { cpuMs: number | undefined } | undefined;

  constructor(watched: Watched) {
    this.#watched = watched;
  }

  /** A call begins that may burn so much; what it gives ends it. */
  watch(cpuLimitMs: number): () => void {
    const call = Symbol("call");
    this.#limits.set(call, cpuLimitMs);
    this.#timer ??= setInterval(() => void this.#look(), everyMs).unref();
    return () => {
      if (!this.#limits.delete(call) || this.#limits.size > 0) return;
      this.#lastLimitMs = cpuLimitMs;
      this.#isInDoubt = true;
    };
  }

  /** The worker is alive. */
  pong(): void {
    this.#unanswered = undefined;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#unanswered = undefined;
  }

  async #look(): Promise<void> {
    if (this.#unanswered === undefined) {
      if (this.#limits.size === 0 && !this.#isInDoubt) return this.stop();
      this.#isInDoubt = false;
      this.#unanswered = { cpuMs: undefined };
      this.#watched.ping();
      return;
    }
    const late = this.#unanswered;
    const cpuMs = await this.#watched.cpuMs().catch(() => undefined);
    if (cpuMs === undefined || this.#unanswered !== late) return;
    late.cpuMs ??= cpuMs;
    const limitMs = this.#limits.size === 0 ? this.#lastLimitMs : Math.max(...this.#limits.values());
    if (cpuMs - late.cpuMs < limitMs) return;
    this.stop();
    this.#watched.onStuck(limitMs);
  }
}
