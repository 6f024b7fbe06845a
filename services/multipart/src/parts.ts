import type { objectMetadata } from "@holdfast/contracts";
import type { Client } from "@holdfast/micro/contract";
import type { BucketChunks, UploadStore } from "./upload-store.ts";

export type Log = {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
};

/** What the endpoints work with. */
export type MultipartParts = {
  uploads: UploadStore;
  chunks: BucketChunks;
  objects: Pick<Client<typeof objectMetadata>, "CommitObject" | "ResolveObject" | "DescribeBucket">;
  log: Log;
  /** Milliseconds since the epoch. */
  now: () => number;
  /**
   * How long a completion that makes no progress is left to whoever began it before another call carries it forward.
   */
  patienceMs: number;
  /**
   * Work that the caller need not wait for; the process waits for it before it ends. A failure is logged, the sweep
   * repeats the work.
   */
  background: (what: string, task: () => Promise<void>) => void;
};
