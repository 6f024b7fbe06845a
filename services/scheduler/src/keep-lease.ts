/** Competes for the lease, and renews it while it is held. */
import { setTimeout as delay } from "node:timers/promises";
import type { Lease } from "./lease.ts";
import type { SeenHosts } from "./seen-hosts.ts";

const everyMs = 500;

type Parts = {
  readonly lease: Lease;
  readonly seen: SeenHosts;
  readonly now: () => number;
  /** It leads from now on, or no longer. */
  readonly onChange: () => void;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
};

/** Until the signal aborts; then gives the lease up. Never rejects. */
export async function keepLease({ lease, seen, now, onChange, log }: Parts, signal: AbortSignal): Promise<void> {
  let held: number | undefined;
  let isAway = false;
  while (!signal.aborted) {
    try {
      await lease.tick();
      seen.listens(now());
      if (isAway) log.info({}, "the lease can be read again");
      isAway = false;
    } catch (err) {
      // told once: an outage may take hours
      if (!isAway) log.warn({ err }, "the lease cannot be renewed or taken: NATS is away, or its stream has no leader");
      isAway = true;
    }
    if (lease.token !== held) {
      held = lease.token;
      log.info({ token: held }, held === undefined ? "no longer leading" : "leading");
      onChange();
    }
    await delay(everyMs, undefined, { signal }).catch(() => undefined);
  }
  await lease.release().catch((err: unknown) => log.warn({ err }, "the lease could not be given up: it runs out"));
}
