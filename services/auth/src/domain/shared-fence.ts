/**
 * One round trip shared by everybody who waits for it. A fence only counts for a caller when it began after the call
 * did, so a call that arrives while one is running waits for the next, together with all others that arrive
 * meanwhile.
 */
export function sharedFence<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  const begin = (): Promise<T> => {
    next = undefined;
    const mine = run().finally(() => {
      if (running === mine) running = undefined;
    });
    running = mine;
    return mine;
  };

  return () => {
    if (next !== undefined) return next;
    if (running === undefined) return begin();
    // who waits for the running one hears of its failure; the next one begins either way
    next = running.then(begin, begin);
    return next;
  };
}
