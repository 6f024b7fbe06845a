/**
 * Gathers writes for one transaction: LMDB's price is the transaction (a change costs 97 us of CPU four at a time and 2 us a thousand
 * at a time). What waits here is lost in a crash, together with the checkpoint that would cover it: it is read from the stream again.
 */
export type WriteBehind = {
  /** `count` further writes wait. The transaction begins after the delay, or once the limit is reached. */
  added(count: number): void;
  /** Resolves when all that waited at the call is in. Rejects as the transaction did. */
  flush(): Promise<void>;
};

export type WriteBehindOptions = { delayMs: number; limit: number };

/** `commit` writes everything that waits, in one transaction. */
export function writeBehind(commit: () => Promise<void>, { delayMs, limit }: WriteBehindOptions): WriteBehind {
  let waiting = 0;
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  const flush = (): Promise<void> => {
    if (waiting === 0) return running;
    waiting = 0;
    clearTimeout(timer);
    timer = undefined;
    // one after the other, each with all that waits when it begins
    running = running.then(commit);
    return running;
  };

  return {
    added(count) {
      waiting += count;
      // failing in the background ends the process: an index that cannot be written helps nobody
      if (waiting >= limit) void flush();
      else timer ??= setTimeout(() => void flush(), delayMs).unref();
    },
    flush,
  };
}
