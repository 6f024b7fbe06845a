/**
 * What the instances of a workload hold while they run calls: each has its component's limit, all together have the workload's. Calls wait
 * when there is no room for one more. A guest grows its memory without asking, so that what runs can still become more than that: it is
 * looked at again and again, and at twice the limit it is over.
 */

/** Instances that run one call. */
export type Holder = {
  readonly memoryBytes: number;
  /** In words, when one of them holds more than its component may: only one with several memories can. */
  readonly excess: string | undefined;
};

export type InstanceMemoryOptions = {
  readonly maxBytes: number;
  /** Called once; the worker has to be ended. */
  readonly onOver: (reason: string) => void;
};

/** How often to look at instances that run. Milliseconds. */
const everyMs = 100;
const MiB = 1024 ** 2;

export class InstanceMemory {
  readonly #options: InstanceMemoryOptions;
  readonly #held = new Map<Holder, number>();
  readonly #waiting = new Set<PromiseWithResolvers<void>>();
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: InstanceMemoryOptions) {
    this.#options = options;
  }

  /** One more call has to wait. Never true when nothing runs. */
  get isFull(): boolean {
    return this.#bytes >= this.#options.maxBytes && this.#held.size > 0;
  }

  /** Resolves when a call has ended; rejects when the signal aborts. */
  async change(signal: AbortSignal): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    const giveUp = () => waiting.reject(new Error("the call was given up"));
    this.#waiting.add(waiting);
    signal.addEventListener("abort", giveUp, { once: true });
    if (signal.aborted) giveUp();
    try {
      await waiting.promise;
    } finally {
      this.#waiting.delete(waiting);
      signal.removeEventListener("abort", giveUp);
    }
  }

  /** What it holds now. */
  note(holder: Holder): void {
    const bytes = holder.memoryBytes;
    this.#bytes += bytes - (this.#held.get(holder) ?? 0);
    this.#held.set(holder, bytes);
    this.#timer ??= setInterval(() => this.#look(), everyMs).unref();
  }

  /** It runs no call any more. */
  leave(holder: Holder): void {
    this.#bytes -= this.#held.get(holder) ?? 0;
    this.#held.delete(holder);
    for (const { resolve } of this.#waiting) resolve();
  }

  #look(): void {
    if (this.#held.size === 0) {
      clearInterval(this.#timer);
      this.#timer = undefined;
      return;
    }
    for (const holder of this.#held.keys()) {
      this.note(holder);
      if (holder.excess !== undefined) return this.#over(holder.excess);
    }
    const { maxBytes } = this.#options;
    if (this.#bytes > 2 * maxBytes) {
      this.#over(`its instances hold ${Math.ceil(this.#bytes / MiB)} MiB together, twice what they may`);
    }
  }

  #over(reason: string): void {
    clearInterval(this.#timer);
    this.#options.onOver(reason);
  }
}
