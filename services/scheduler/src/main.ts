import { scheduler } from "@holdfast/contracts";
import { ConfigError, MasterKeyProblem, runProcess } from "@holdfast/runtime";
import { join } from "node:path";
import { openKvObjectStore } from "./adapters/kv-object-store.ts";
import { createImageResolver } from "./adapters/image-resolver.ts";
import { rulesOf, SchedulerConfig } from "./config.ts";
import { startInstance } from "./instance.ts";
import { openSealer } from "./open-sealer.ts";

await runProcess({
  name: scheduler.name,
  config: SchedulerConfig,
  async start({ config, nc, log, admin }) {
    const replicas = config.HOLDFAST_SCHEDULER_REPLICAS;
    const store = await openKvObjectStore(nc, { replicas, log, now: Date.now });
    const path = config.HOLDFAST_SCHEDULER_MASTER_KEY_FILE ?? join(config.HOLDFAST_DATA_DIR, "scheduler-master.key");
    const mayCreate = config.HOLDFAST_SCHEDULER_MASTER_KEY_CREATE === "true";
    const sealer = await openSealer(store, path, mayCreate).catch((error: unknown) => {
      if (!(error instanceof MasterKeyProblem)) throw error;
      throw new ConfigError([`HOLDFAST_SCHEDULER_MASTER_KEY_FILE: ${error.message}`]);
    });
    admin.addHealth("store of workloads", () =>
      store.refresh().then(
        () => undefined,
        () => "the store of workloads cannot be read",
      ),
    );
    const resolveImage = createImageResolver(nc, {
      insecureRegistries: config.HOLDFAST_SCHEDULER_INSECURE_REGISTRIES,
      fileRoots: config.HOLDFAST_SCHEDULER_FILE_ROOTS,
    });
    const instance = await startInstance({
      nc,
      store,
      sealer,
      rules: rulesOf(config),
      resolveImage,
      artifactEveryMs: config.HOLDFAST_SCHEDULER_ARTIFACT_INTERVAL,
      eventMaxAgeMs: config.HOLDFAST_SCHEDULER_EVENT_RETENTION,
      replicas,
      log,
    });
    return { ready: { instance: instance.name }, drain: () => instance.stop() };
  },
});
