/** One instance of auth over a real nats-server, as its main starts it. */
import { auth } from "@holdfast/contracts";
import { client, serve } from "@holdfast/micro";
import type { Client } from "@holdfast/micro/contract";
import type { TestNats } from "@holdfast/testkit";
import type { NatsConnection } from "@nats-io/nats-core";
import { openKvKeyStore } from "../src/adapters/kv-key-store.ts";
import { announceChange, startHeartbeat } from "../src/announcer.ts";
import { openCipher } from "../src/open-cipher.ts";
import { createAuth } from "../src/service.ts";

export const silent = { info() {}, warn() {}, error() {}, debug() {} };

export type Instance = AsyncDisposable & {
  /** Calls of this instance alone: its handlers, not the queue group. */
  readonly handlers: ReturnType<typeof createAuth>;
  /** Calls over NATS, answered by any instance. */
  readonly nc: NatsConnection;
  readonly api: Client<typeof auth>;
};

export async function startInstance(
  nats: TestNats,
  masterKeyFile: string,
  mayCreate = true,
  replicas = 1,
): Promise<Instance> {
  const nc = await nats.connect();
  const keys = await openKvKeyStore(nc, { replicas, onChange: announceChange(nc), log: silent });
  const cipher = await openCipher(keys, { path: masterKeyFile, mayCreate, log: silent });
  const heartbeat = startHeartbeat(nc, keys, silent);
  const handlers = createAuth({ keys, cipher, now: Date.now });
  const served = await serve(nc, auth, handlers);
  return {
    handlers,
    nc,
    api: client(nc, auth),
    async [Symbol.asyncDispose]() {
      await heartbeat.stop();
      await served.drain();
      await nc.close();
    },
  };
}

/** What a handler needs to know of a call. */
export function call() {
  return {
    body: new Uint8Array(),
    signal: AbortSignal.timeout(5_000),
    deadline: Date.now() + 5_000,
    requestId: "test",
  };
}

/** Today's scope. */
export function scope() {
  return { date: new Date().toISOString().slice(0, 10).replaceAll("-", ""), region: "us-east-1", service: "s3" };
}
