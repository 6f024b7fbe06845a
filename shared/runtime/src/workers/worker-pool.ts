/** Keeps a number of workers running: one that ends is replaced, with longer and longer pauses when it ends soon again and again. */
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "../log.ts";
import { metrics } from "../metrics.ts";
import type { Ready } from "./messages.ts";
import { WorkerNotStarted } from "./worker-not-started.ts";
import { WorkerProcess } from "./worker-process.ts";

/** A worker that ran for so long did not fail at its start: the next one begins without a pause. Milliseconds. */
const steadyMs = 60_000;
const longestPauseMs = 30_000;

/** How long to wait before the next worker of a place whose last ones, so many of them, each ended soon. Milliseconds. */
export const pauseBefore = (soonEnded: number): number =>
  soonEnded <= 1 ? 0 : Math.min(longestPauseMs, 1_000 * 2 ** (soonEnded - 2));

const replaced = metrics.tallies({
  name: "holdfast_workers_replaced_total",
  help: "Worker processes that ended by themselves and were replaced",
})();

export class WorkerPool {
  readonly #count: number;
  readonly #log: Logger;
  readonly #onEnd: (worker: WorkerProcess) => void;
  readonly #workers = new Set<WorkerProcess>();
  readonly #stopping = new AbortController();

  /** `onEnd` is called for each worker that has ended. */
  constructor(count: number, log: Logger, onEnd: (worker: WorkerProcess) => void) {
    this.#count = count;
    this.#log = log;
    this.#onEnd = onEnd;
  }

  /** Those that run, ready or not, in the order of their start. */
  get workers(): readonly WorkerProcess[] {
    return [...this.#workers];
  }

  /**
   * Starts them and resolves to what the first one said. The first goes ahead: what keeps a worker from starting is then said
   * once. Rejects with WorkerNotStarted.
   */
  async start(): Promise<Ready> {
    const first = this.#fork();
    const ready = await readyOf(first);
    const others = Array.from({ length: this.#count - 1 }, () => this.#fork());
    await Promise.all(others.map(readyOf));
    for (const worker of [first, ...others]) void this.#keep(worker);
    return ready;
  }

  /** Has all of them drain; resolves when they have ended. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    for (const worker of this.#workers) worker.stop();
    await Promise.all(this.workers.map(({ ended }) => ended));
  }

  kill(): void {
    for (const worker of this.#workers) worker.kill();
  }

  #fork(): WorkerProcess {
    const worker = new WorkerProcess();
    this.#workers.add(worker);
    const forget = async () => {
      await worker.ended;
      this.#workers.delete(worker);
      this.#onEnd(worker);
    };
    void forget();
    return worker;
  }

  /** One worker after the other in its place, until the pool stops. */
  async #keep(first: WorkerProcess): Promise<void> {
    let soonEnded = 0;
    for (let worker = first; ; worker = this.#fork()) {
      const { code, signal } = await worker.ended;
      if (this.#stopping.signal.aborted) return;
      soonEnded = Date.now() - worker.startedAt < steadyMs ? soonEnded + 1 : 1;
      const pauseMs = pauseBefore(soonEnded);
      this.#log.error({ ended: worker.id, code, signal, pauseMs }, "a worker ended: another one takes its place");
      replaced.add();
      if (await this.#isStoppedWithin(pauseMs)) return;
    }
  }

  async #isStoppedWithin(ms: number): Promise<boolean> {
    const { signal } = this.#stopping;
    await pause(ms, undefined, { signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    return signal.aborted;
  }
}

async function readyOf(worker: WorkerProcess): Promise<Ready> {
  const ready = await worker.ready;
  if (ready === undefined) throw new WorkerNotStarted(await worker.ended);
  return ready;
}
