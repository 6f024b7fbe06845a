/** What a row is: a name, how it is loaded, and what prepares the operation that the load repeats. */
import type { S3Client } from "../client/s3-client.ts";
import type { Operation } from "../load/load.ts";

export const KiB = 1024;
export const MiB = 1024 * KiB;
export const GiB = 1024 * MiB;
export const sizes = { "1KiB": KiB, "4KiB": 4 * KiB, "100KiB": 100 * KiB, "1MiB": MiB, "64MiB": 64 * MiB } as const;
export type SizeName = keyof typeof sizes;
export const isSizeName = (name: string): name is SizeName => name in sizes;
export const sizeNames = Object.keys(sizes).filter(isSizeName);

/** How to reach the mesh's own NATS server: only there when the mesh is ours. */
export type NatsAccess = { readonly url: string; readonly user: string; readonly pass: string };

/** What rows find when they prepare, in the process that makes the load. */
export type Scene = {
  readonly client: S3Client;
  /** An empty bucket at the beginning of the run, shared by all rows: each keeps to keys of its own. */
  readonly bucket: string;
  readonly nats: NatsAccess | undefined;
  /** The bare HTTP server of the floors. */
  readonly floor: S3Client | undefined;
  /** A row will not be asked for more operations than this: it need not make more to delete. */
  readonly mostOperations: number;
  /** Makes a bucket; what a run made is removed from a server of others in the end. */
  readonly createBucket: (name: string) => Promise<void>;
  /** Makes something once for all rows that ask for it by this name. */
  readonly once: <T>(name: string, make: () => Promise<T>) => Promise<T>;
};

export type Row = {
  readonly name: string;
  /** At what concurrency it runs unless told otherwise. */
  readonly concurrency: readonly number[];
  /** Not part of a run unless `--full` is given, or the row by name. */
  readonly isLong?: boolean;
  /** Why it cannot run against a server of others. */
  readonly needsMesh?: string;
  /** How many operations there may be, warm-up included: bounds what is written, or what there is to delete. */
  readonly maxOperations?: number;
  /** Operations that are cut off when the time is up. */
  readonly isCut?: boolean;
  /** The bare work under it, for the ratio: rows by name. `alone` is shown beside them: HTTP with nothing behind it. */
  readonly floors?: { readonly nats?: string; readonly http?: string; readonly alone?: string };
  prepare(scene: Scene): Promise<Operation>;
};

/** Runs `work` for 0 to `count` - 1, `concurrency` at a time. */
export async function forEachOf(count: number, concurrency: number, work: (index: number) => Promise<unknown>) {
  let next = 0;
  const worker = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker));
}
