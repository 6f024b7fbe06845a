import type { Log } from "./parts.ts";

/** Work that outlives the call that began it. */
export type Background = {
  readonly run: (what: string, task: () => Promise<void>) => void;
  /** Resolves when everything begun so far has ended. */
  readonly settled: () => Promise<void>;
};

/** A failure is logged and forgotten: whatever runs here is repeated by a sweep. */
export function createBackground(log: Log): Background {
  const running = new Set<Promise<void>>();
  return {
    run(what, task) {
      const done: Promise<void> = task()
        .catch((error: unknown) => log.warn({ err: error }, `could not ${what}, the sweep will`))
        .finally(() => running.delete(done));
      running.add(done);
    },
    async settled() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
