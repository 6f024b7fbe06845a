/**
 * Shares one piece of work between callers, so that everybody gets a run that began after they called. A run in flight is no
 * good to a newcomer: it may have read the state before the newcomer's write. Callers meanwhile wait together for the next.
 */
export function sharedFence<T>(run: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  let next: Promise<T> | undefined;

  const start = (): Promise<T> => {
    const mine = run().finally(() => {
      if (running === mine) running = undefined;
    });
    running = mine;
    return mine;
  };

  return () => {
    // not begun yet: it serves everybody who asks now
    if (next !== undefined) return next;
    if (running === undefined) return start();
    const begin = () => {
      next = undefined;
      return start();
    };
    next = running.then(begin, begin);
    return next;
  };
}
