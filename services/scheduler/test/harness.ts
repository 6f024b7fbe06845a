/** Schedulers over one real nats-server, as their main starts them, with a quicker sense of time. */
import { scheduler } from "@holdfast/contracts";
import { client } from "@holdfast/micro";
import type { Client } from "@holdfast/micro/contract";
import { createLogger, createSealer } from "@holdfast/runtime";
import type { TestNats } from "@holdfast/testkit";
import type { NatsConnection } from "@nats-io/nats-core";
import { openKvObjectStore } from "../src/adapters/kv-object-store.ts";
import type { ImageResolver } from "../src/artifacts.ts";
import { rulesOf, SchedulerConfig } from "../src/config.ts";
import { startInstance } from "../src/instance.ts";

export type TestScheduler = AsyncDisposable & {
  readonly nc: NatsConnection;
  readonly api: Client<typeof scheduler>;
};

const log = createLogger("scheduler", "silent");
const noRegistry: ImageResolver = async (image) => ({ image, digest: "" });

export async function startScheduler(
  nats: TestNats,
  resolveImage = noRegistry,
  environment = {},
): Promise<TestScheduler> {
  const nc = await nats.connect({ reconnectTimeWait: 100, maxReconnectAttempts: -1 });
  const config = SchedulerConfig.parse({
    HOLDFAST_SCHEDULER_HOST_GONE_AFTER: "2s",
    HOLDFAST_SCHEDULER_HOST_SILENT_AFTER: "1500ms",
    HOLDFAST_SCHEDULER_ARTIFACT_INTERVAL: "200ms",
    ...environment,
  });
  const store = await openKvObjectStore(nc, { replicas: 1, log, now: Date.now });
  const sealer = createSealer(new Uint8Array(32).fill(7), "holdfast-scheduler-master-key");
  const instance = await startInstance({
    nc,
    store,
    sealer,
    rules: rulesOf(config),
    resolveImage,
    artifactEveryMs: config.HOLDFAST_SCHEDULER_ARTIFACT_INTERVAL,
    eventMaxAgeMs: 3_600_000,
    replicas: 1,
    log,
  });
  return {
    nc,
    api: client(nc, scheduler),
    async [Symbol.asyncDispose]() {
      await instance.stop();
      await nc.close();
    },
  };
}

/** A deployment as people write it. */
export function deployment(name: string, spec: object = {}, template: object = {}) {
  return {
    apiVersion: "runtime.wasmcloud.dev/v1alpha1",
    kind: "WorkloadDeployment",
    metadata: { name },
    spec: {
      replicas: 3,
      ...spec,
      template: {
        spec: {
          hostSelector: { hostgroup: "default" },
          components: [{ name: "c", image: "r.example/c:1" }],
          ...template,
        },
      },
    },
  };
}
