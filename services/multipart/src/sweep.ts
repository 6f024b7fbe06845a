/**
 * Ends what clients abandoned, finishes what instances left behind when they died, and removes what belongs to
 * nothing. Every instance runs it; each step is a compare-and-set or can be repeated, so they need not know of each
 * other.
 */
import { isMeshError } from "@holdfast/micro";
import { endUpload } from "./abort.ts";
import { carryForward, endUndecided } from "./completion.ts";
import { isInProgress, isUndecided } from "./domain/upload.ts";
import type { UploadRow } from "./domain/upload.ts";
import type { MultipartParts } from "./parts.ts";
import type { Stored } from "./upload-store.ts";

export type SweepOptions = {
  /** Age at which an upload that nobody completed is aborted. Milliseconds. */
  expiryMs: number;
  /** Age at which a completion counts as left behind. Milliseconds. */
  strandedMs: number;
  /**
   * Rows that ended longer ago than this were cleaned by an earlier sweep. Milliseconds; Infinity for the first one.
   */
  endedWithinMs: number;
};

export type Swept = { expired: number; finished: number; removed: number; failed: number };

/** One pass over all uploads. A failure at one upload is logged and does not keep the pass from the others. */
export async function sweep(parts: MultipartParts, options: SweepOptions, signal?: AbortSignal): Promise<Swept> {
  const swept = { expired: 0, finished: 0, removed: 0, failed: 0 };
  const bucketId = bucketIds(parts);
  for (const stored of await parts.uploads.list()) {
    if (signal?.aborted) break;
    try {
      const done = await sweepOne(parts, options, stored, await bucketId(stored.row.bucket));
      if (done !== undefined) swept[done]++;
    } catch (error) {
      swept.failed++;
      parts.log.warn(
        { err: error, uploadId: stored.row.uploadId },
        "an upload could not be swept, the next sweep tries again",
      );
    }
  }
  return swept;
}

async function sweepOne(
  parts: MultipartParts,
  options: SweepOptions,
  { row, sequence, writtenAt }: Stored<UploadRow>,
  bucketId: string | undefined,
): Promise<keyof Swept | undefined> {
  if (bucketId !== row.bucketId) {
    // the bucket is gone, or a later one has its name: nothing of this upload can become an object. What may be one already is
    // left to object-metadata's sweep, which looks whether a record names it: the id may have changed under the objects
    const mayBeObject = row.state === "completed" || row.state === "committing" || isUndecided(row);
    if (bucketId !== undefined && !mayBeObject) await parts.chunks.purgeUpload(row);
    await parts.uploads.remove(row);
    return "removed";
  }
  const isStranded = parts.now() - writtenAt >= options.strandedMs;
  const isExpired = parts.now() - row.initiated >= options.expiryMs;
  if (row.state === "committing" && isStranded) {
    const { kind } = await carryForward(parts, { row, sequence });
    if (kind !== "open question") return "finished";
    // asked since it was begun, to no avail: not to be asked for ever
    const now = isExpired ? await parts.uploads.read(row) : undefined;
    if (now?.row.state !== "committing") return undefined;
    await endUndecided(parts, { row: now.row, sequence: now.sequence });
    return "expired";
  }
  if ((row.state === "open" || (row.state === "choosing" && isStranded)) && isExpired) {
    return (await endUpload(parts, { row, sequence })) ? "expired" : undefined;
  }
  // a part that was recorded in the moment of the end left its row behind
  if (!isInProgress(row) && parts.now() - writtenAt < options.endedWithinMs) await parts.uploads.removeParts(row);
  return undefined;
}

/** The ids of buckets, each asked once; undefined for one that does not exist. */
function bucketIds({ objects }: MultipartParts): (bucket: string) => Promise<string | undefined> {
  const known = new Map<string, Promise<string | undefined>>();
  const ask = (bucket: string): Promise<string | undefined> =>
    objects.DescribeBucket({ bucket }).then(
      ({ id }) => id,
      (error: unknown) => {
        if (isMeshError(error, "NoSuchBucket")) return undefined;
        throw error;
      },
    );
  return (bucket) => {
    const id = known.get(bucket) ?? ask(bucket);
    known.set(bucket, id);
    return id;
  };
}

/** After a pass that could not do all: as when the mesh has just started and object-metadata is not there yet. */
const retryMs = 5_000;

/** Sweeps now and then every `intervalMs`, give or take a fifth so that instances spread out. */
export function startSweeping(
  parts: MultipartParts,
  { expiryMs, intervalMs }: { expiryMs: number; intervalMs: number },
): { stop(): Promise<void> } {
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<void>;
  let endedWithinMs = Infinity;

  /** Resolves to how long to wait before the next pass. */
  const pass = async (): Promise<number> => {
    try {
      const swept = await sweep(parts, { expiryMs, strandedMs: 60_000, endedWithinMs }, stopping.signal);
      if (Object.values(swept).some((count) => count > 0)) parts.log.info(swept, "swept uploads");
      if (swept.failed > 0) return Math.min(intervalMs, retryMs);
      endedWithinMs = 3 * intervalMs;
    } catch (error) {
      parts.log.warn({ err: error }, "the sweep failed, it is repeated");
      return Math.min(intervalMs, retryMs);
    }
    return intervalMs;
  };
  const loop = async (): Promise<void> => {
    const waitMs = await pass();
    if (!stopping.signal.aborted) timer = setTimeout(next, waitMs * (0.8 + 0.4 * Math.random()));
  };
  const next = (): void => {
    current = loop();
  };
  next();
  return {
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await current;
    },
  };
}
