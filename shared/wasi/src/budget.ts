import { Trap } from "@holdfast/component-host";

/** Memory of the host that one instance may hold beside its own; what is asked for beyond it traps the guest. */
export class Budget {
  readonly #what: string;
  readonly #max: number;
  #used = 0;

  constructor(what: string, max: number) {
    this.#what = what;
    this.#max = max;
  }

  charge(amount: number): void {
    if (this.#used + amount > this.#max) throw new Trap(`more than ${this.#max} bytes of ${this.#what} at once`);
    this.#used += amount;
  }

  refund(amount: number): void {
    this.#used = Math.max(0, this.#used - amount);
  }

  reset(): void {
    this.#used = 0;
  }
}
