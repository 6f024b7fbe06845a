import type { Readiness } from "./io/poll.ts";

/** Node turns longer delays into 1 ms. */
const maxDelayMs = 2 ** 31 - 1;
const nsPerMs = 1_000_000n;

/** The timers that an instance waits for; `clear` stops them all, so that a discarded instance leaves none behind. */
export class Timers {
  readonly #running = new Set<NodeJS.Timeout>();
  readonly #now: () => bigint;

  /** @param now the monotonic clock, in nanoseconds */
  constructor(now: () => bigint) {
    this.#now = now;
  }

  /** Ready from `deadline` on, in nanoseconds of the monotonic clock. Only armed while somebody waits. */
  at(deadline: bigint): Readiness {
    return {
      isReady: () => this.#now() >= deadline,
      onReady: (callback) => this.#arm(deadline, callback),
    };
  }

  clear(): void {
    // clearing an empty set costs a new one
    if (this.#running.size === 0) return;
    for (const timer of this.#running) clearTimeout(timer);
    this.#running.clear();
  }

  // too early is harmless, who waits looks again; rounded up so that it does not look twice within the last millisecond
  #arm(deadline: bigint, callback: () => void): () => void {
    const leftMs = (deadline - this.#now() + nsPerMs - 1n) / nsPerMs;
    const delay = leftMs > BigInt(maxDelayMs) ? maxDelayMs : Math.max(0, Number(leftMs));
    const timer = setTimeout(() => {
      this.#running.delete(timer);
      callback();
    }, delay);
    this.#running.add(timer);
    return () => {
      clearTimeout(timer);
      this.#running.delete(timer);
    };
  }
}
