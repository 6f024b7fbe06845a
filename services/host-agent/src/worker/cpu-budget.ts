/** How far ahead of its share a workload may be: what it did not use within a second is lost. */
const aheadMs = 1_000;

/** CPU by the clock: so many thousandths of a CPU. What was used above that is owed, and has to be waited for. Pure. */
export class CpuBudget {
  readonly #share: number;
  #left: number;
  #usedMs: number;
  #nowMs: number;

  /** `usedMs`: CPU used so far, which is forgiven. */
  constructor(millicores: number, usedMs: number, nowMs: number) {
    this.#share = millicores / 1_000;
    this.#left = this.#share * aheadMs;
    this.#usedMs = usedMs;
    this.#nowMs = nowMs;
  }

  /** Milliseconds to wait before more may be used; 0 when nothing is owed. */
  owedMs(usedMs: number, nowMs: number): number {
    const earned = (nowMs - this.#nowMs) * this.#share;
    this.#left = Math.min(this.#share * aheadMs, this.#left + earned) - (usedMs - this.#usedMs);
    this.#usedMs = usedMs;
    this.#nowMs = nowMs;
    return this.#left < 0 ? -this.#left / this.#share : 0;
  }
}
