/**
 * Ctrl-C reaches every process at a terminal, and npm and with-deps.mjs pass it on besides: one keystroke arrives here up to
 * three times. What comes within this time of the first is the same one.
 */
const sameMs = 1_000;

/** `stop` is aborted by the first SIGINT, SIGTERM or SIGHUP; `onSecond` is called by a later one. */
export function listenForStop(onSecond: () => void, now: () => number = Date.now): AbortSignal {
  const stop = new AbortController();
  let first: number | undefined;
  const onSignal = () => {
    if (first === undefined) {
      first = now();
      stop.abort();
    } else if (now() - first > sameMs) onSecond();
  };
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, onSignal);
  return stop.signal;
}

/** Resolves when the signal is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
