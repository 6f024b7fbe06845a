/**
 * Several callers, one run: who asks for what is under way waits for it. The run ends early only when nobody waits any more; one who
 * gives up leaves the others alone.
 */
import { OciError } from "./errors.ts";

type Run<T, Event> = {
  readonly result: Promise<T>;
  readonly abort: AbortController;
  readonly listeners: Set<(event: Event) => void>;
  waiting: number;
};

export type SharedCall<Event> = { readonly signal: AbortSignal; readonly tell: (event: Event) => void };

/** Answers a function that shares runs of the same key. */
export function shareCalls<T, Event>() {
  const runs = new Map<string, Run<T, Event>>();

  const start = (key: string, run: (call: SharedCall<Event>) => Promise<T>): Run<T, Event> => {
    const abort = new AbortController();
    const listeners = new Set<(event: Event) => void>();
    const tell = (event: Event) => {
      for (const listener of listeners) listener(event);
    };
    const result = run({ signal: abort.signal, tell }).finally(() => {
      if (runs.get(key) === started) runs.delete(key);
    });
    const started: Run<T, Event> = { result, abort, listeners, waiting: 0 };
    runs.set(key, started);
    return started;
  };

  return async (
    key: string,
    run: (call: SharedCall<Event>) => Promise<T>,
    { signal, listener }: { signal?: AbortSignal | undefined; listener?: ((event: Event) => void) | undefined } = {},
  ): Promise<T> => {
    if (signal?.aborted === true) throw givenUp(signal);
    const mine = runs.get(key) ?? start(key, run);
    mine.waiting++;
    if (listener) mine.listeners.add(listener);
    try {
      return await untilAborted(mine.result, signal);
    } finally {
      if (listener) mine.listeners.delete(listener);
      if (--mine.waiting === 0) {
        // a newcomer must not join a run that is ending
        if (runs.get(key) === mine) runs.delete(key);
        mine.abort.abort();
      }
    }
  };
}

function untilAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return result;
  const { promise, reject } = Promise.withResolvers<never>();
  const giveUp = () => reject(givenUp(signal));
  signal.addEventListener("abort", giveUp, { once: true });
  return Promise.race([result, promise]).finally(() => signal.removeEventListener("abort", giveUp));
}

function givenUp(signal: AbortSignal): OciError {
  const timedOut = signal.reason instanceof DOMException && signal.reason.name === "TimeoutError";
  return new OciError(timedOut ? "TimedOut" : "Aborted", "the pull was given up", { cause: signal.reason });
}
