/** Tells the edges what changed, on `holdfast.auth.changed` (see the contract for what they make of it). */
import { authChangedSubject } from "@holdfast/contracts";
import type { NatsConnection } from "@nats-io/nats-core";
import type { KeyStore, OnKeyChange } from "./key-store.ts";

type Log = { info(fields: object, message: string): void; warn(fields: object, message: string): void };

/**
 * Publishes one change. Every instance does, for each change that it sees, its own and others': an edge that hears it
 * twice drops an entry twice, and an instance that dies between its write and its push leaves nobody uninformed.
 */
export function announceChange(nc: NatsConnection): OnKeyChange {
  return (change) => {
    if (!nc.isClosed()) nc.publish(authChangedSubject, JSON.stringify(change));
  };
}

/**
 * Repeats the latest revision each 500 ms. Reads the store first, so changes of other instances are pushed by this
 * one too, and a heartbeat never claims more than this instance saw: one that cannot read stays silent.
 */
export function startHeartbeat(
  nc: NatsConnection,
  keys: KeyStore,
  log: Log,
  intervalMs = 500,
): { stop(): Promise<void> } {
  let healthy = true;
  let current: Promise<void>;

  const beat = async (): Promise<void> => {
    try {
      const revision = await keys.refresh();
      if (!nc.isClosed()) nc.publish(authChangedSubject, JSON.stringify({ revision }));
      if (!healthy) log.info({ revision }, "the key store can be read again");
      healthy = true;
    } catch (error) {
      if (healthy) log.warn({ err: error }, "the key store cannot be read: no heartbeat to the edges");
      healthy = false;
    }
  };

  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const loop = async (): Promise<void> => {
    await beat();
    if (!stopped) timer = setTimeout(next, intervalMs);
  };
  const next = (): void => {
    current = loop();
  };
  next();
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
