import type { BucketStorage } from "@holdfast/contracts";
import type { Logger } from "@holdfast/runtime";
import type { Buckets } from "./adapters/buckets.ts";
import type { IndexSync } from "./adapters/index-sync.ts";
import type { JetStream } from "./adapters/jetstream.ts";
import type { IndexStore } from "./adapters/lmdb-index.ts";
import type { Records } from "./adapters/records.ts";
import type { TellEvent } from "./events.ts";
import type { PurgeQueue } from "./purge-queue.ts";
import type { Sweeper } from "./sweeper.ts";

/** What the handlers work with. */
export type Parts = {
  readonly js: JetStream;
  readonly indexes: IndexStore;
  readonly buckets: Buckets;
  readonly sync: IndexSync;
  readonly records: Records;
  readonly purges: PurgeQueue;
  readonly sweeper: Sweeper;
  readonly log: Logger;
  readonly now: () => number;
  /** A name that was never used: for runs of chunks and for buckets. */
  readonly newId: () => string;
  readonly storage: BucketStorage;
  /** Tells edges and the other instances that a bucket changed. */
  readonly announce: (bucket: string) => void;
  readonly tell: TellEvent;
};
