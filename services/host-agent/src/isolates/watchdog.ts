/**
 * Ends a worker that does not yield: while it has calls in hand it is pinged, and when it burns more CPU than allowed without answering
 * a ping, it is stuck. CPU time, not time: on a busy machine a worker that waits for its turn is not to blame. Idle workers cost nothing.
 */

export type Watched = {
  /** Asks the worker for a sign of life; `pong` is called when it comes. */
  ping(): void;
  /** CPU that the worker has used so far, milliseconds. Rejects when it is gone. */
  cpuMs(): Promise<number>;
  /** It is stuck: end it. */
  onStuck(): void;
};

export type WatchdogSettings = {
  readonly cpuLimitMs: number;
  /** How often to look. Milliseconds. */
  readonly everyMs?: number;
};

export class Watchdog {
  readonly #watched: Watched;
  readonly #settings: WatchdogSettings;
  #inHand = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Undefined: no ping is unanswered. `cpuMs` is what had been used when it was late for the first time. */
  #unanswered: { cpuMs: number | undefined } | undefined;

  constructor(watched: Watched, settings: WatchdogSettings) {
    this.#watched = watched;
    this.#settings = settings;
  }

  /** A call begins; what it gives ends it. */
  watch(): () => void {
    this.#inHand++;
    this.#timer ??= setInterval(() => void this.#look(), this.#settings.everyMs ?? 100).unref();
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      if (--this.#inHand === 0) this.stop();
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
      this.#unanswered = { cpuMs: undefined };
      this.#watched.ping();
      return;
    }
    const late = this.#unanswered;
    const cpuMs = await this.#watched.cpuMs().catch(() => undefined);
    if (cpuMs === undefined || this.#unanswered !== late) return;
    late.cpuMs ??= cpuMs;
    if (cpuMs - late.cpuMs < this.#settings.cpuLimitMs) return;
    this.stop();
    this.#watched.onStuck();
  }
}
