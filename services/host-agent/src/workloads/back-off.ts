/** How long to wait before the next attempt: doubling, with jitter, from the start again after a quiet time. */
export type BackOffSettings = { readonly firstMs: number; readonly longestMs: number; readonly quietMs: number };

export const restartBackOff: BackOffSettings = { firstMs: 250, longestMs: 60_000, quietMs: 300_000 };

export class BackOff {
  readonly #settings: BackOffSettings;
  readonly #now: () => number;
  #attempts = 0;
  #last = 0;

  constructor(settings: BackOffSettings, now: () => number = Date.now) {
    this.#settings = settings;
    this.#now = now;
  }

  /** Milliseconds to wait now. */
  next(random = Math.random()): number {
    const { firstMs, longestMs, quietMs } = this.#settings;
    const now = this.#now();
    if (now - this.#last > quietMs) this.#attempts = 0;
    const waitMs = Math.min(firstMs * 2 ** this.#attempts++, longestMs) * (0.5 + random / 2);
    this.#last = now + waitMs;
    return Math.round(waitMs);
  }
}
