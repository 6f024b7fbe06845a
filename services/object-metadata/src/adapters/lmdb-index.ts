/**
 * The ordered index of all buckets of this instance, in LMDB. It holds nothing that the streams do not: it may be thrown
 * away at any time. Keys are `<bucket number, 4 bytes><key, UTF-8>`, so LMDB's byte order is S3's (at most 1,028 bytes;
 * LMDB takes 1,978). Versions will be a table of their own beside `objects`.
 *
 * Applying is idempotent by sequence: an older record never replaces a newer one, in whatever order they come. For that,
 * and as expected sequence of the next write, deleted keys stay in `tombstones` until their record is removed.
 */
import type { StoredObject } from "@holdfast/contracts";
import { type Database, open } from "lmdb";
import type { OrderedEntries } from "../domain/list-page.ts";

/** What the index knows of an object. */
export type IndexEntry = Pick<StoredObject, "sequence" | "etag" | "size" | "lastModified" | "storageClass"> & {
  readonly checksum: { algorithm: string; type: string } | undefined;
  /** The run's id, or the upload's. */
  readonly nuid: string;
  /** Of a run; 0 when the object is made of parts. */
  readonly chunks: number;
  readonly isParts: boolean;
};

export type IndexChange =
  | { kind: "object"; key: string; entry: IndexEntry }
  | { kind: "deleted"; key: string; sequence: number; timeMs: number }
  /** There is no record (any more): forget the entry unless it is newer. */
  | { kind: "gone"; key: string; sequence: number };

export type Tombstone = { key: string; sequence: number; timeMs: number };

/** The index of one bucket. */
export type BucketIndex = OrderedEntries<IndexEntry> & {
  /** All records up to this sequence are in. */
  readonly checkpoint: number;
  readonly checkpointAt: number;
  get(key: string): IndexEntry | undefined;
  /** Sequence of a deleted key's record, if one is known; else 0. */
  deletedAt(key: string): number;
  /** The key whose current record names these chunks. */
  keyOfChunks(nuid: string): string | undefined;
  /** Takes changes in; they are seen by reads after `settled`. */
  apply(changes: readonly IndexChange[], checkpoint?: { sequence: number; at: number }): void;
  /** Resolves when everything applied so far can be read. */
  settled(): Promise<void>;
  tombstones(limit: number): Tombstone[];
  clear(): Promise<void>;
};

export type IndexStore = { bucket(id: string): BucketIndex; drop(id: string): Promise<void>; close(): Promise<void> };

const format = 1;
/** Under a name that is no bucket id: the highest bucket number given so far. */
const counterKey = "#";
type Row = [number, string, number, number, string, string | null, string | null, string, number, boolean];
type Meta = { number: number; checkpoint: number; at: number };

/** Opens the index in a folder that no other process uses. */
export function openIndex(path: string): IndexStore {
  const root = open({ path: `${path}/index-${format}.lmdb`, maxDbs: 8, noSubdir: true });
  const tables = {
    meta: root.openDB<Meta, string>({ name: "meta" }),
    objects: root.openDB<Row, Buffer>({ name: "objects", keyEncoding: "binary" }),
    runs: root.openDB<string, Buffer>({ name: "runs", keyEncoding: "binary" }),
    tombstones: root.openDB<[number, number], Buffer>({ name: "tombstones", keyEncoding: "binary" }),
  };
  const buckets = new Map<string, BucketIndex>();
  const bucket = (id: string) => {
    let index = buckets.get(id);
    if (index === undefined) buckets.set(id, (index = openBucket(tables, id)));
    return index;
  };
  return {
    bucket,
    async drop(id) {
      const dropped = bucket(id);
      // at once: whoever opens the same id from now on begins anew, under another number
      buckets.delete(id);
      tables.meta.removeSync(id);
      await dropped.clear();
    },
    async close() {
      await root.committed;
      await root.close();
    },
  };
}

type Tables = {
  meta: Database<Meta, string>;
  objects: Database<Row, Buffer>;
  runs: Database<string, Buffer>;
  tombstones: Database<[number, number], Buffer>;
};

function openBucket(tables: Tables, id: string): BucketIndex {
  const { meta, objects, runs, tombstones } = tables;
  const known = meta.get(id) ?? { number: nextNumber(meta), checkpoint: 0, at: 0 };
  meta.putSync(id, known);
  const { number } = known;
  let { checkpoint, at } = known;
  const first = Buffer.alloc(4);
  first.writeUInt32BE(number);
  const end = Buffer.alloc(4);
  end.writeUInt32BE(number + 1);
  const prefixed = (key: string | Buffer) => Buffer.concat([first, typeof key === "string" ? Buffer.from(key) : key]);

  let waiting: { changes: readonly IndexChange[]; checkpoint?: { sequence: number; at: number } }[] = [];
  let flushing: Promise<unknown> = Promise.resolve();
  const overlay = new Map<string, IndexChange>();

  const write = (change: IndexChange) => {
    if (overlay.get(change.key) === change) overlay.delete(change.key);
    const key = prefixed(change.key);
    const row = objects.get(key);
    const sequence = change.kind === "object" ? change.entry.sequence : change.sequence;
    const newest = Math.max(row?.[0] ?? 0, tombstones.get(key)?.[0] ?? 0);
    if (change.kind === "gone" ? newest > sequence : newest >= sequence) return;
    if (row !== undefined && (change.kind !== "object" || row[7] !== change.entry.nuid)) {
      const run = prefixed(row[7]);
      // a plain client's rename leaves the chunks to another key
      if (runs.get(run) === change.key) void runs.remove(run);
    }
    if (change.kind === "object") {
      void objects.put(key, toRow(change.entry));
      void runs.put(prefixed(change.entry.nuid), change.key);
    } else if (row !== undefined) void objects.remove(key);
    if (change.kind === "deleted") void tombstones.put(key, [sequence, change.timeMs]);
    else void tombstones.remove(key);
  };

  const flush = () => {
    const batch = waiting;
    waiting = [];
    for (const { changes, checkpoint: to } of batch) {
      for (const change of changes) write(change);
      // not for a bucket that was dropped meanwhile
      if (to !== undefined && meta.get(id)?.number === number) {
        void meta.put(id, { number, checkpoint: to.sequence, at: to.at });
      }
    }
  };

  return {
    get checkpoint() {
      return checkpoint;
    },
    get checkpointAt() {
      return at;
    },
    get(key) {
      const change = overlay.get(key);
      if (change !== undefined) return change.kind === "object" ? change.entry : undefined;
      const row = objects.get(prefixed(key));
      return row === undefined ? undefined : fromRow(row);
    },
    deletedAt(key) {
      const change = overlay.get(key);
      if (change !== undefined) return change.kind === "deleted" ? change.sequence : 0;
      return tombstones.get(prefixed(key))?.[0] ?? 0;
    },
    keyOfChunks: (nuid) => runs.get(prefixed(nuid)),
    apply(changes, to) {
      if (to !== undefined) ({ sequence: checkpoint, at } = to);
      for (const change of changes) overlay.set(change.key, change);
      waiting.push(to === undefined ? { changes } : { changes, checkpoint: to });
      // many writes, one transaction: those that come while one commits wait for the next
      if (waiting.length === 1) flushing = objects.transaction(flush);
    },
    async settled() {
      await flushing;
    },
    *from(from) {
      for (const { key, value } of objects.getRange({ start: prefixed(from), end })) {
        yield { key: key.subarray(4), value: fromRow(value) };
      }
    },
    tombstones: (limit) =>
      [...tombstones.getRange({ start: first, end, limit })].map(({ key, value: [sequence, timeMs] }) => ({
        key: key.subarray(4).toString(),
        sequence,
        timeMs,
      })),
    async clear() {
      // at once, so that no write in between moves the checkpoint of what is being emptied
      checkpoint = 0;
      at = 0;
      await objects.transaction(() => {
        for (const table of [objects, runs, tombstones]) {
          for (const key of table.getKeys({ start: first, end })) void table.remove(key);
        }
        if (meta.get(id)?.number === number) void meta.put(id, { number, checkpoint: 0, at: 0 });
      });
    },
  };
}

/** Never one that was used before: a write to a bucket that is gone may still be on its way. */
function nextNumber(meta: Database<Meta, string>): number {
  const number = (meta.get(counterKey)?.number ?? 0) + 1;
  meta.putSync(counterKey, { number, checkpoint: 0, at: 0 });
  return number;
}

function toRow(entry: IndexEntry): Row {
  const { sequence, etag, size, lastModified, storageClass, checksum, nuid, chunks, isParts } = entry;
  const [algorithm, type] = [checksum?.algorithm ?? null, checksum?.type ?? null];
  return [sequence, etag, size, lastModified, storageClass, algorithm, type, nuid, chunks, isParts];
}

function fromRow(row: Row): IndexEntry {
  const [sequence, etag, size, lastModified, storageClass, algorithm, type, nuid, chunks, isParts] = row;
  const checksum = algorithm === null || type === null ? undefined : { algorithm, type };
  return { sequence, etag, size, lastModified, storageClass, checksum, nuid, chunks, isParts };
}
