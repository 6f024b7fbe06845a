/** A virtual clock and a seeded source of chance: the same seed gives the same run, in as little time as the work takes. */

/** Numbers in [0, 1) that follow from a seed (mulberry32). */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Task = { readonly at: number; readonly order: number; readonly run: () => void | Promise<void> };

const isBefore = (a: Task, b: Task) => a.at < b.at || (a.at === b.at && a.order < b.order);

/** Runs tasks in the order of their times. */
export class Clock {
  now = 1_000_000;
  #order = 0;
  readonly #heap: Task[] = [];

  after(delayMs: number, run: () => void | Promise<void>): void {
    this.#push({ at: this.now + Math.max(0, delayMs), order: this.#order++, run });
  }

  /** Runs what is due within the time. */
  async advance(ms: number): Promise<void> {
    const end = this.now + ms;
    for (let task = this.#heap[0]; task !== undefined && task.at <= end; task = this.#heap[0]) {
      this.#pop();
      this.now = task.at;
      await task.run();
    }
    this.now = end;
  }

  #push(task: Task): void {
    const heap = this.#heap;
    let index = heap.push(task) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !isBefore(task, above)) break;
      heap[index] = above;
      index = parent;
    }
    heap[index] = task;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let index = 0;
    for (;;) {
      const left = heap[2 * index + 1];
      const right = heap[2 * index + 2];
      const isRight = left !== undefined && right !== undefined && isBefore(right, left);
      const child = isRight ? right : left;
      if (child === undefined || !isBefore(child, last)) break;
      heap[index] = child;
      index = 2 * index + (isRight ? 2 : 1);
    }
    heap[index] = last;
  }
}
