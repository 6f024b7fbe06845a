/** Waits that long, or until the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener("abort", end);
  });
}

/** How long to wait before the next try: 0.25 s doubling to 30 s; from the start again after a minute without one. */
export function backOff(now: () => number = Date.now): { next(): number } {
  let tries = 0;
  let last = -Infinity;
  return {
    next() {
      if (now() - last > 60_000) tries = 0;
      last = now();
      return Math.min(30_000, 250 * 2 ** tries++);
    },
  };
}
