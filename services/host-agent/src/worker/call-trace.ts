/** The trace of the call that runs: what a component asks of the host belongs to it. */
import { AsyncLocalStorage } from "node:async_hooks";

const current = new AsyncLocalStorage<string>();

export function withTrace<T>(traceparent: string | undefined, work: () => T): T {
  return traceparent === undefined ? work() : current.run(traceparent, work);
}

export const currentTrace = (): string | undefined => current.getStore();
