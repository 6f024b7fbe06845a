/**
 * Chunks that nothing names any more, purged after a grace period, so that a reader in the middle of them finishes. Kept in
 * memory only: what a crash forgets, and what does not fit, the sweep finds.
 */
import { chunkSubject, streamName } from "@holdfast/object-layout";
import type { Logger } from "@holdfast/runtime";
import type { JetStream } from "./adapters/jetstream.ts";

export type PurgeQueue = {
  /** Purges `chunks` (a run's id, or `<uploadId>.>`) after the grace period. */
  later(bucket: string, chunks: string): void;
  /** Purges at once; failing is left to the sweep. */
  now(bucket: string, chunks: string): Promise<void>;
  /** Purges what is due and forgets the rest. */
  stop(): Promise<void>;
};

export type PurgeQueueOptions = { graceMs: number; log: Logger; now: () => number; limit?: number };

export function createPurgeQueue(js: JetStream, options: PurgeQueueOptions): PurgeQueue {
  const { graceMs, log, now, limit = 100_000 } = options;
  // the grace is the same for all: in order of arrival is in order of being due
  const queue: { bucket: string; chunks: string; dueAt: number }[] = [];
  let working: Promise<void> | undefined;

  const purge = async (bucket: string, chunks: string) => {
    try {
      await js.purge(streamName(bucket), chunkSubject(bucket, chunks));
    } catch (error) {
      log.warn({ err: error, bucket, chunks }, "chunks were not purged, the sweep will find them");
    }
  };

  const work = async () => {
    for (;;) {
      const due = queue.slice(0, 16).filter((item) => item.dueAt <= now());
      if (due.length === 0) return;
      queue.splice(0, due.length);
      await Promise.all(due.map(({ bucket, chunks }) => purge(bucket, chunks)));
    }
  };
  const run = () => {
    working ??= work().finally(() => (working = undefined));
    return working;
  };
  const timer = setInterval(() => void run(), Math.min(1_000, Math.max(20, graceMs / 4)));
  timer.unref();

  return {
    later(bucket, chunks) {
      if (queue.length < limit) queue.push({ bucket, chunks, dueAt: now() + graceMs });
    },
    now: purge,
    async stop() {
      clearInterval(timer);
      await run();
      queue.length = 0;
    },
  };
}
