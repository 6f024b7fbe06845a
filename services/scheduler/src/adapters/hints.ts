/** Says that something was published on a subject, so that it is worth to look. What counts is read from the stream. */
import type { NatsConnection, Subscription } from "@nats-io/nats-core";

export class Hints {
  readonly #subscription: Subscription;
  readonly #waiting = new Set<() => void>();

  constructor(nc: NatsConnection, subject: string) {
    this.#subscription = nc.subscribe(subject, { callback: () => this.#wake() });
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
