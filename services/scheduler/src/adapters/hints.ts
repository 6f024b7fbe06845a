/** Says that something was published on a subject, so that it is worth to look. What counts is read from the stream. */
import type { NatsConnection, Subscription } from "@nats-io/nats-core";

export class Hints {
  readonly #subscription: Subscription;
  readonly #waiting = new Set<() => void>();
  #heard = 0;

  constructor(nc: NatsConnection, subject: string) {
    this.#subscription = nc.subscribe(subject, {
      callback: () => {
        this.#heard++;
        this.#wake();
      },
    });
  }

  /** How many came so far: who looked since the last one needs no look. */
  get heard(): number {
    return this.#heard;
  }

  /** Resolves with the next hint, when the time is over, or when the signal aborts. */
  next(waitMs: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, waitMs);
    this.#waiting.add(resolve);
    signal?.addEventListener("abort", () => resolve(), { once: true });
    if (signal?.aborted) resolve();
    return promise.finally(() => {
      clearTimeout(timer);
      this.#waiting.delete(resolve);
    });
  }

  close(): void {
    this.#subscription.unsubscribe();
    this.#wake();
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve();
  }
}
