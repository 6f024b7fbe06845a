/** Puts an instance together: adapters, background work, endpoints. */
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BucketChanged, bucketChangedSubject, multipart, objectMetadata } from "@holdfast/contracts";
import { client, type Handlers, type ServedService, serve } from "@holdfast/micro";
import type { Logger, Metrics } from "@holdfast/runtime";
import { type NatsConnection, nuid } from "@nats-io/nats-core";
import { createBuckets } from "./adapters/buckets.ts";
import { takeSlot } from "./adapters/data-slot.ts";
import { createIndexSync } from "./adapters/index-sync.ts";
import { createJetStream } from "./adapters/jetstream.ts";
import { indexFile, type IndexStore, openIndex } from "./adapters/lmdb-index.ts";
import { createRecords } from "./adapters/records.ts";
import { defaultStorage, type ObjectMetadataConfig } from "./config.ts";
import { createEvents } from "./events.ts";
import type { Parts } from "./parts.ts";
import { createPurgeQueue } from "./purge-queue.ts";
import { createObjectMetadata } from "./service.ts";
import { createSweeper } from "./sweeper.ts";

export type Instance = {
  readonly served: ServedService;
  readonly handlers: Handlers<typeof objectMetadata>;
  readonly parts: Parts;
  drain(): Promise<void>;
};
export type StartOptions = { nc: NatsConnection; config: ObjectMetadataConfig; log: Logger; metrics: Metrics };

export async function startObjectMetadata({ nc, config, log, metrics }: StartOptions): Promise<Instance> {
  const slot = await takeSlot(`${config.HOLDFAST_DATA_DIR}/object-metadata`);
  log.info({ slot: slot.path }, "index folder");
  const indexes = await openOrRemake(slot.path, log);
  const now = Date.now;
  const js = createJetStream(nc);
  const buckets = createBuckets(js, indexes, now);
  const tombstoneAgeMs = config.HOLDFAST_TOMBSTONE_AGE;
  // a day earlier than tombstones go, or they could be missed
  const sync = createIndexSync(js, buckets, { log, now, maxAgeMs: tombstoneAgeMs * 0.85 });
  const records = createRecords(js, now);
  const graceMs = config.HOLDFAST_PURGE_GRACE;
  const uploads = client(nc, multipart);
  const orphans = metrics.gauge({
    name: "holdfast_orphan_bytes",
    help: "Bytes of chunks that no record and no upload names, as of the last sweep",
    labels: ["bucket"],
  });
  const sweeper = createSweeper({
    js,
    buckets,
    sync,
    records,
    liveUploads: async (bucket) => (await uploads.ListLiveUploads({ bucket }, { timeoutMs: 2_000 })).uploadIds,
    minAgeMs: config.HOLDFAST_SWEEP_MIN_AGE,
    graceMs,
    tombstoneAgeMs,
    log,
    now,
    report: (bucket, bytes) => (bytes === undefined ? orphans.remove({ bucket }) : orphans.set({ bucket }, bytes)),
  });
  const parts: Parts = {
    js,
    indexes,
    buckets,
    sync,
    records,
    purges: createPurgeQueue(js, { graceMs, log, now }),
    sweeper,
    log,
    now,
    newId: () => nuid.next(),
    storage: defaultStorage(config),
    announce: (bucket) => nc.publish(bucketChangedSubject, JSON.stringify({ bucket })),
    tell: createEvents(nc, { region: config.HOLDFAST_REGION, enabled: config.HOLDFAST_S3_EVENTS }),
  };

  const changes = nc.subscribe(bucketChangedSubject, {
    callback(error, message) {
      const bucket = error === null ? changedBucket(message.string()) : undefined;
      if (bucket !== undefined) buckets.invalidate(bucket);
    },
  });
  const stopSweeping = sweepForever(parts, config.HOLDFAST_SWEEP_INTERVAL);
  const handlers = createObjectMetadata(parts);
  const served = await serve(nc, objectMetadata, handlers, { log });
  let isStopped = false;
  const warming = warmUp(parts, () => isStopped);
  return {
    served,
    handlers,
    parts,
    async drain() {
      isStopped = true;
      await served.drain();
      await warming;
      await stopSweeping();
      await parts.purges.stop();
      changes.unsubscribe();
      await indexes.close();
      await slot.release();
    },
  };
}

/**
 * An index that cannot be opened is made anew: it holds nothing that the streams do not. LMDB ends the process on some damaged
 * files, so an attempt leaves a mark: whoever finds one knows that the last attempt did not come to its end.
 */
async function openOrRemake(path: string, log: Logger): Promise<IndexStore> {
  const mark = join(path, "opening");
  if (existsSync(mark)) {
    log.warn({ path }, "the index could not be opened the last time, starting a new one");
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true, mode: 0o700 });
  }
  // of an earlier version
  for (const name of await readdir(path)) if (!name.startsWith(indexFile)) await rm(join(path, name));
  await writeFile(mark, "");
  const indexes = openIndex(path);
  await rm(mark);
  return indexes;
}

/** Brings the index up before somebody waits for it. Failing is nothing: the first listing does it then. */
async function warmUp({ buckets, sync, log }: Parts, stopped: () => boolean): Promise<void> {
  try {
    for (const { name } of await buckets.list()) {
      if (stopped()) return;
      await sync.fenced(name);
    }
  } catch (error) {
    log.debug({ err: error }, "the index is not warm");
  }
}

/** Anybody may publish anything: what is no announcement is nothing. */
function changedBucket(text: string): string | undefined {
  try {
    return BucketChanged.parse(JSON.parse(text)).bucket;
  } catch {
    return undefined;
  }
}

function sweepForever({ sweeper, log }: Parts, intervalMs: number): () => Promise<void> {
  if (intervalMs === 0) return () => Promise.resolve();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const schedule = () => {
    if (stopped) return;
    // instances that started together should not sweep together
    const pause = intervalMs * (0.75 + Math.random() / 2);
    timer = setTimeout(() => {
      running = sweep();
    }, pause);
    timer.unref();
  };
  const sweep = async () => {
    try {
      await sweeper.sweepAll();
    } catch (error) {
      log.warn({ err: error }, "a sweep failed, the next one comes");
    }
    schedule();
  };
  schedule();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}
