import { auth } from "@holdfast/contracts";
import { serve } from "@holdfast/micro";
import { ConfigError, MasterKeyProblem, runProcess } from "@holdfast/runtime";
import { join } from "node:path";
import { openKvKeyStore } from "./adapters/kv-key-store.ts";
import { announceChange, startHeartbeat } from "./announcer.ts";
import { AuthConfig } from "./config.ts";
import { openCipher } from "./open-cipher.ts";
import { createAuth } from "./service.ts";

await runProcess({
  name: auth.name,
  config: AuthConfig,
  async start({ config, nc, log, admin }) {
    const keys = await openKvKeyStore(nc, {
      replicas: config.HOLDFAST_AUTH_REPLICAS,
      onChange: announceChange(nc),
      log,
    });
    const path = config.HOLDFAST_AUTH_MASTER_KEY_FILE ?? join(config.HOLDFAST_DATA_DIR, "auth-master.key");
    const mayCreate = config.HOLDFAST_AUTH_MASTER_KEY_CREATE === "true";
    const cipher = await openCipher(keys, { path, mayCreate, log }).catch((error: unknown) => {
      if (!(error instanceof MasterKeyProblem)) throw error;
      throw new ConfigError([`HOLDFAST_AUTH_MASTER_KEY_FILE: ${error.message}`]);
    });
    admin.addHealth("key store", () =>
      keys.refresh().then(
        () => undefined,
        () => "the key store cannot be read",
      ),
    );
    const heartbeat = startHeartbeat(nc, keys, log);
    const served = await serve(nc, auth, createAuth({ keys, cipher, now: Date.now }), { log });
    return {
      async drain() {
        await served.drain();
        await heartbeat.stop();
      },
    };
  },
});
