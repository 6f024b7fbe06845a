/** Bounds the calls of one workload: so many at once, so many waiting, the rest is refused. */
import { WorkloadCallFailed } from "../plugin.ts";

export class Gate {
  readonly #most: number;
  readonly #longestQueue: number;
  #inHand = 0;
  readonly #queue = new Set<PromiseWithResolvers<void>>();
  #idle: PromiseWithResolvers<void> | undefined;

  constructor({ most, longestQueue }: { most: number; longestQueue: number }) {
    this.#most = most;
    this.#longestQueue = longestQueue;
  }

  get inHand(): number {
    return this.#inHand;
  }

  /** Waits for a place; what it gives leaves it again. Rejects with `WorkloadCallFailed` when the queue is full or the caller gave up. */
  async enter(signal: AbortSignal): Promise<() => void> {
    if (this.#inHand >= this.#most) await this.#wait(signal);
    else this.#inHand++;
    let isOut = false;
    return () => {
      if (isOut) return;
      isOut = true;
      this.#leave();
    };
  }

  /** Resolves when no call is in hand, or after so long. */
  async idle(limitMs: number): Promise<void> {
    if (this.#inHand === 0) return;
    this.#idle ??= Promise.withResolvers();
    const timer = setTimeout(this.#idle.resolve, limitMs);
    await this.#idle.promise;
    clearTimeout(timer);
  }

  /** Whoever waits is refused. */
  close(): void {
    for (const waiting of this.#queue) waiting.reject(new WorkloadCallFailed("stopped", "the workload stops"));
    this.#queue.clear();
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#queue.size >= this.#longestQueue)
      throw new WorkloadCallFailed("busy", "too many calls wait for this workload");
    const waiting = Promise.withResolvers<void>();
    const giveUp = () => {
      if (this.#queue.delete(waiting))
        waiting.reject(new WorkloadCallFailed("timeout", "no place for the call in time"));
    };
    this.#queue.add(waiting);
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    try {
      await waiting.promise;
    } finally {
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** The place goes to who waits longest. */
  #leave(): void {
    const [next] = this.#queue;
    if (next !== undefined) {
      this.#queue.delete(next);
      next.resolve();
      return;
    }
    this.#inHand--;
    if (this.#inHand === 0) this.#idle?.resolve();
  }
}
