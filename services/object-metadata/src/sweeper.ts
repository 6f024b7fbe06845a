/**
 * Finds chunks that nothing names: what a crash in the middle of a PUT left, what a purge missed. A run of chunks is an orphan when
 *  - no record names it, by an index that is fenced after the chunks were listed, so that a commit in between is seen;
 *  - its newest chunk is older than the minimum age: a slow PUT may still be under way;
 *  - it is no part of a live upload. While multipart does not answer, everything that looks like a part is left alone.
 * It is purged when it has been one for the grace period - its record may just have been replaced, with a reader in the middle - and when no
 * record in the stream itself names it.
 */
import { setImmediate } from "node:timers/promises";
import type { Bucket } from "@holdfast/contracts";
import { allChunks, chunkSubject, loadParts } from "@holdfast/object-layout";
import type { Logger } from "@holdfast/runtime";
import type { Buckets, OpenBucket } from "./adapters/buckets.ts";
import type { IndexSync } from "./adapters/index-sync.ts";
import type { JetStream } from "./adapters/jetstream.ts";
import type { Records } from "./adapters/records.ts";
import { StreamInfo } from "./domain/bucket-config.ts";
import { firstToken, namedByRecords } from "./named-by-records.ts";

export type Sweeper = {
  /** Looks through one bucket. */
  sweep(bucket: string, purge: boolean): Promise<{ orphanBytes: number; purgedBytes: number }>;
  /** Looks through all buckets, and removes old tombstones. */
  sweepAll(): Promise<void>;
};

export type SweeperOptions = {
  js: JetStream;
  buckets: Buckets;
  sync: IndexSync;
  records: Records;
  /** Upload ids in progress; rejects while nobody knows. */
  liveUploads: (bucket: string) => Promise<readonly string[]>;
  minAgeMs: number;
  graceMs: number;
  tombstoneAgeMs: number;
  log: Logger;
  now: () => number;
  /** Told after each sweep of a bucket: orphan bytes that are left; undefined once the bucket is gone. */
  report: (bucket: string, orphanBytes: number | undefined) => void;
};

const walkedAtOnce = 1_000;
type Orphan = { id: string; bytes: number };
/** `isClean`: every run in the stream is named by a record. */
type Swept = { orphanBytes: number; purgedBytes: number; isClean: boolean };

export function createSweeper(options: SweeperOptions): Sweeper {
  const { js, buckets, log, now, report, graceMs } = options;
  /** When each orphan was first seen, by bucket id and run. */
  const firstSeen = new Map<string, number>();
  /** Last sequence of the stream at which a bucket had no orphans, by bucket id. */
  const clean = new Map<string, number>();
  /** Buckets that were reported on. */
  const reported = new Set<string>();

  const isDue = (bucket: OpenBucket, { id }: Orphan) => {
    const name = `${bucket.bucket.id}/${id}`;
    const since = firstSeen.get(name) ?? now();
    firstSeen.set(name, since);
    return now() - since >= graceMs;
  };

  const sweep = (name: string, purge: boolean): Promise<Swept> =>
    buckets.use(name, async () => {
      const { bucket, orphans, unnamed } = await findOrphans(options, name);
      const orphanBytes = orphans.reduce((sum, orphan) => sum + orphan.bytes, 0);
      const due = purge ? orphans.filter((orphan) => isDue(bucket, orphan)) : [];
      let purgedBytes = 0;
      for (const orphan of await confirmed(options, bucket, due)) {
        await js.purge(bucket.stream, chunkSubject(name, orphan.id));
        firstSeen.delete(`${bucket.bucket.id}/${orphan.id}`);
        purgedBytes += orphan.bytes;
      }
      report(name, orphanBytes - purgedBytes);
      reported.add(name);
      if (purgedBytes > 0) log.info({ bucket: name, orphanBytes, purgedBytes }, "swept");
      return { orphanBytes, purgedBytes, isClean: unnamed === 0 };
    });

  return {
    async sweep(bucket, purge) {
      const { orphanBytes, purgedBytes } = await sweep(bucket, purge);
      return { orphanBytes, purgedBytes };
    },
    async sweepAll() {
      const names = new Set((await buckets.list()).map(({ name }) => name));
      for (const name of reported) {
        if (!names.has(name) && reported.delete(name)) report(name, undefined);
      }
      for (const name of names) await sweepOne(options, sweep, name, clean);
      for (const seen of [firstSeen, clean]) if (seen.size > 100_000) seen.clear();
    },
  };
}

/** Those that no record in the stream names. Finding one that is named means that the index is wrong: it is made anew. */
async function confirmed(
  { js, log }: SweeperOptions,
  bucket: OpenBucket,
  orphans: readonly Orphan[],
): Promise<readonly Orphan[]> {
  if (orphans.length === 0) return orphans;
  const named = await namedByRecords(
    js,
    bucket,
    orphans.map(({ id }) => id),
  );
  const left = orphans.filter(({ id }) => !named.has(id));
  if (left.length < orphans.length) {
    log.warn({ bucket: bucket.name, runs: orphans.length - left.length }, "the index missed records: rebuilding it");
    bucket.known.reset();
    bucket.index.clear();
  }
  return left;
}

/** Listing all runs of a big bucket is work: a bucket that nobody wrote to since it was found clean is left out. */
async function sweepOne(
  options: SweeperOptions,
  sweep: (bucket: string, purge: boolean) => Promise<Swept>,
  name: Bucket["name"],
  clean: Map<string, number>,
): Promise<void> {
  try {
    const { bucket, lastSequence } = await options.buckets.look(name);
    if (clean.get(bucket.bucket.id) !== lastSequence) {
      const { isClean } = await sweep(name, true);
      if (isClean) clean.set(bucket.bucket.id, lastSequence);
    }
    await options.buckets.use(name, (bucket) => removeTombstones(options, bucket));
  } catch (error) {
    options.log.warn({ err: error, bucket: name }, "a sweep failed, the next one comes");
  }
}

type Found = {
  bucket: OpenBucket;
  orphans: Orphan[];
  /** Runs that no record names, orphans or not. */ unnamed: number;
};

async function findOrphans(options: SweeperOptions, name: string): Promise<Found> {
  const { js, buckets, sync, liveUploads, minAgeMs, now, log } = options;
  const counts = await listRuns(js, await buckets.get(name));
  const hasParts = [...counts.keys()].some((id) => id.includes("."));
  const live = !hasParts
    ? new Set<string>()
    : await liveUploads(name).then(
        (ids) => new Set(ids),
        (error: unknown) => {
          log.debug({ err: error }, "multipart does not answer: parts are left alone");
        },
      );
  // after the listing and the question: a commit in between is in the index now
  const bucket = await sync.fenced(name);
  const named = await namedRuns(options, bucket, [...counts.keys()]);
  const orphans: Orphan[] = [];
  let unnamed = 0;
  for (const [id, count] of counts) {
    const [uploadId = "", ...rest] = id.split(".");
    if (named.has(id)) continue;
    unnamed++;
    if (rest.length > 0 && (live === undefined || live.has(uploadId))) continue;
    const run = await measure(js, bucket, id, count);
    if (run !== undefined && now() - run.newestMs >= minAgeMs) orphans.push({ id, bytes: run.bytes });
  }
  return { bucket, orphans, unnamed };
}

/** Chunks per run, for all runs in the stream. */
async function listRuns(js: JetStream, bucket: OpenBucket): Promise<Map<string, number>> {
  const runs = new Map<string, number>();
  const filter = allChunks(bucket.name);
  const prefix = filter.length - 1;
  for (let offset = 0; ;) {
    const page = StreamInfo.parse(await js.api(`STREAM.INFO.${bucket.stream}`, { subjects_filter: filter, offset }));
    const subjects = Object.entries(page.state.subjects ?? {});
    for (const [subject, count] of subjects) runs.set(subject.slice(prefix), count);
    offset += subjects.length;
    if (subjects.length === 0 || offset >= (page.total ?? 0)) return runs;
  }
}

/** Which of these runs a record names. Of an upload's runs only those that the object was completed from. */
async function namedRuns(options: SweeperOptions, bucket: OpenBucket, ids: readonly string[]): Promise<Set<string>> {
  const named = new Set<string>();
  const uploads = new Map<string, string>();
  const keys = await keysOfRuns(bucket, new Set(ids.map(firstToken)));
  for (const id of ids) {
    const first = firstToken(id);
    const key = keys.get(first);
    if (key === undefined) continue;
    if (first === id) named.add(id);
    else uploads.set(first, key);
  }
  for (const key of uploads.values()) {
    const found = await options.records.read(bucket, key);
    if (found?.record.kind !== "object" || found.record.object.data.kind === "run") continue;
    const { data } = found.record.object;
    if (data.kind === "manifest") named.add(data.manifest.id);
    for (const part of await loadParts(options.js.nc, { data }, { bucket: bucket.name })) named.add(part.run.id);
  }
  return named;
}

/** The keys whose records name these runs or uploads, by one walk over the index: a table for it would cost each write as much again. */
async function keysOfRuns({ index }: OpenBucket, nuids: ReadonlySet<string>): Promise<Map<string, string>> {
  const keys = new Map<string, string>();
  if (nuids.size === 0) return keys;
  for (let from: Buffer | undefined = Buffer.alloc(0); from !== undefined;) {
    let [count, last] = [0, ""];
    for (const { key, value } of index.from(from)) {
      if (nuids.has(value.nuid)) keys.set(value.nuid, key);
      last = key;
      if (++count === walkedAtOnce) break;
    }
    from = count < walkedAtOnce ? undefined : Buffer.from(`${last}\0`);
    // a million keys must not keep requests waiting
    await setImmediate();
  }
  return keys;
}

/** Chunks of a run are all of one size but the last. */
async function measure(
  js: JetStream,
  bucket: OpenBucket,
  id: string,
  count: number,
): Promise<{ bytes: number; newestMs: number } | undefined> {
  const subject = chunkSubject(bucket.name, id);
  const last = await js.fromLeader(bucket.stream, { last_by_subj: subject });
  if (last === undefined) return undefined;
  const first = count > 1 ? await js.fromLeader(bucket.stream, { seq: 1, next_by_subj: subject }) : last;
  return { bytes: (first?.data.length ?? 0) * (count - 1) + last.data.length, newestMs: last.timeMs };
}

/** An index that slept through a tombstone is rebuilt: see index-sync's maxAgeMs, which is shorter. */
async function removeTombstones({ js, now, tombstoneAgeMs }: SweeperOptions, bucket: OpenBucket): Promise<void> {
  for (const { key, sequence, timeMs } of bucket.index.tombstones(10_000)) {
    if (now() - timeMs < tombstoneAgeMs) continue;
    // exactly this message: a newer record on the subject has another sequence
    await js.api(`STREAM.MSG.DELETE.${bucket.stream}`, { seq: sequence, no_erase: true }).catch(() => undefined);
    bucket.index.apply([{ kind: "gone", key, sequence }]);
  }
}
