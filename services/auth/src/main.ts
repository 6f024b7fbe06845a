import { auth } from "@holdfast/contracts";
import { serve } from "@holdfast/micro";
import { runProcess } from "@holdfast/runtime";
import { join } from "node:path";
import { openKvKeyStore } from "./adapters/kv-key-store.ts";
import { announceChange, startHeartbeat } from "./announcer.ts";
import { AuthConfig } from "./config.ts";
import { openCipher } from "./open-cipher.ts";
import { createAuth } from "./service.ts";

await runProcess({
  name: auth.name,
  description: auth.description,
  config: AuthConfig,
  async start({ config, nc, log, admin, metrics }) {
    const keys = await openKvKeyStore(nc, {
      replicas: config.HOLDFAST_AUTH_REPLICAS,
      onChange: announceChange(nc),
      log,
    });
    const file = config.HOLDFAST_AUTH_MASTER_KEY_FILE ?? join(config.HOLDFAST_DATA_DIR, "auth-master.key");
    const cipher = await openCipher(keys, file, config.HOLDFAST_AUTH_MASTER_KEY_CREATE === "true");
    admin.addHealth("key store", async () => {
      await keys.refresh();
    });
    const heartbeat = startHeartbeat(nc, keys, log);
    const served = await serve(nc, auth, createAuth({ keys, cipher, now: Date.now }), { log, metrics });
    return {
      async drain() {
        await served.drain();
        await heartbeat.stop();
      },
    };
  },
});
