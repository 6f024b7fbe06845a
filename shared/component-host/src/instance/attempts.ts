import { attempt } from "./attempt.ts";
import type { ComponentInstance } from "./instance.ts";

/** After so many calls at the latest, an attempt is made again. */
const mostSkipped = 4096;

/** Makes attempts of one component's calls for as long as they go well, and seldom when they mostly do not. */
export class Attempts {
  #toSkip = 0;
  /** How many calls the next void attempt will have skipped. */
  #penalty = 4;

  /** As {@link attempt}; undefined also where none was made. */
  run<T>(instances: readonly ComponentInstance[], call: () => T): { readonly value: T } | undefined {
    if (this.#toSkip > 0) {
      this.#toSkip -= 1;
      return undefined;
    }
    const answer = attempt(instances, call);
    if (answer === undefined) this.#skip();
    else if (this.#penalty > 4) this.#penalty /= 2;
    return answer;
  }

  #skip(): void {
    this.#toSkip = this.#penalty;
    this.#penalty = Math.min(this.#penalty * 4, mostSkipped);
  }
}
