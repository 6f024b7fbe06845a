/** The request that caused what is running now: on every log line, and on the calls it makes to other services. */
import { AsyncLocalStorage } from "node:async_hooks";

const storage = new AsyncLocalStorage<string>();

/** Runs `work`, and everything it starts, under this id. An empty one changes nothing. */
export function withRequestId<T>(requestId: string, work: () => T): T {
  return requestId === "" ? work() : storage.run(requestId, work);
}

/** The id that this runs under; undefined outside of a request. */
export function currentRequestId(): string | undefined {
  return storage.getStore();
}
