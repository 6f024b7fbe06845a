import { multipart, objectMetadata } from "@holdfast/contracts";
import { client, serve } from "@holdfast/micro";
import { runProcess } from "@holdfast/runtime";
import { createBucketChunks } from "./adapters/bucket-chunks.ts";
import { createJetStreamUploadStore, ensureUploadStream } from "./adapters/jetstream-upload-store.ts";
import { createBackground } from "./background.ts";
import { MultipartConfig, sweepIntervalMs } from "./config.ts";
import { createMultipart } from "./service.ts";
import { startSweeping } from "./sweep.ts";

await runProcess({
  name: multipart.name,
  config: MultipartConfig,
  async start({ config, nc, log }) {
    await ensureUploadStream(nc, config.HOLDFAST_MULTIPART_REPLICAS);
    const uploads = createJetStreamUploadStore(nc, { completedRetentionMs: config.HOLDFAST_COMPLETED_RETENTION });
    const background = createBackground(log);
    const parts = {
      uploads,
      chunks: createBucketChunks(nc),
      objects: client(nc, objectMetadata),
      log,
      now: Date.now,
      patienceMs: 3_000,
      background: background.run,
    };
    const served = await serve(nc, multipart, createMultipart(parts), { log });
    const expiryMs = config.HOLDFAST_UPLOAD_EXPIRY;
    const sweeping = startSweeping(parts, { expiryMs, intervalMs: sweepIntervalMs(expiryMs) });
    return {
      async drain() {
        await served.drain();
        await sweeping.stop();
        await background.settled();
      },
    };
  },
});
