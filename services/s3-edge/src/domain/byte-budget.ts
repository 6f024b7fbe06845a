/**
 * Bytes that all requests together may have in memory on their way. Each transfer takes a window from the budget and gives it back.
 * Few transfers get their whole window; the fuller the budget, the smaller the windows, so that many are slower rather than refused.
 */

export type Grant = { readonly bytes: number; /** Gives it back; more than once does no harm. */ release(): void };

type Waiter = { readonly least: number; readonly wanted: number; take(grant: Grant): void };

export class ByteBudget {
  readonly total: number;
  #free: number;
  readonly #waiting: Waiter[] = [];

  constructor(totalBytes: number) {
    this.total = totalBytes;
    this.#free = totalBytes;
  }

  get used(): number {
    return this.total - this.#free;
  }

  /** What is used and what is waited for. */
  get load(): number {
    return this.#waiting.reduce((sum, { least }) => sum + least, this.used);
  }

  /**
   * Between `least` and `wanted` bytes, never more than a quarter of what is free unless `least` asks for it. Waits in turn for up to
   * `timeoutMs`; undefined when there was no room. More than the whole budget is granted as the whole budget.
   */
  async take({ least, wanted }: { least: number; wanted: number }, timeoutMs: number): Promise<Grant | undefined> {
    const waiter = { least: Math.min(least, this.total), wanted: Math.min(wanted, this.total) };
    if (waiter.least === 0 || (this.#waiting.length === 0 && waiter.least <= this.#free)) return this.#grant(waiter);
    return new Promise((resolve) => {
      const queued: Waiter = {
        ...waiter,
        take(grant) {
          clearTimeout(timer);
          resolve(grant);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(queued), 1);
        // Whoever stood behind may need less.
        this.#serve();
        resolve(undefined);
      }, timeoutMs);
      this.#waiting.push(queued);
    });
  }

  /** Counts bytes that are in memory already, room or not: whoever comes next waits until there is some again. */
  hold(bytes: number): Grant {
    this.#free -= bytes;
    let held = true;
    return {
      bytes,
      release: () => {
        if (!held) return;
        held = false;
        this.#free += bytes;
        this.#serve();
      },
    };
  }

  #grant({ least, wanted }: { least: number; wanted: number }): Grant {
    return this.hold(Math.max(least, Math.min(wanted, Math.floor(this.#free / 4))));
  }

  #serve(): void {
    for (let next = this.#waiting[0]; next && next.least <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      next.take(this.#grant(next));
    }
  }
}
