/**
 * The ordered index of all buckets of this instance, in LMDB. It holds nothing that the streams do not: it may be thrown
 * away at any time. Keys are `<bucket number, 8 digits><key, UTF-8>`, so LMDB's byte order is S3's (at most 1,032 bytes;
 * LMDB takes 1,978). Versions will be a table of their own beside `objects`.
 *
 * Applying is idempotent by sequence: an older record never replaces a newer one, in whatever order they come. For that,
 * and as expected sequence of the next write, deleted keys stay in `tombstones` until their record is removed.
 */
import type { Database } from "lmdb";
import type { IndexEntry } from "../domain/index-row.ts";
import type { OrderedEntries } from "../domain/list-page.ts";
import { collectGarbage } from "./index-garbage.ts";
import { counterKey, type Meta, openTables, rowPrefix, splitRowKey, type Tables } from "./index-tables.ts";
import { type WriteBehind, writeBehind } from "./write-behind.ts";

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
  /** Takes changes in. `get` and `deletedAt` see them at once, `from` and `tombstones` after `settled`. */
  apply(changes: readonly IndexChange[], checkpoint?: { sequence: number; at: number }): void;
  /** Resolves when everything applied so far can be read. */
  settled(): Promise<void>;
  tombstones(limit: number): Tombstone[];
  /** Begins anew with nothing. */
  clear(): void;
};

export type IndexStore = { bucket(id: string): BucketIndex; drop(id: string): void; close(): Promise<void> };

/** How the rows are written. Another one is another file. */
export const indexFile = "index-2.lmdb";
type Store = Tables & { writes: WriteBehind; dirty: Set<Writer>; discard: (number: number) => void };
/** A bucket that has something to write. */
type Writer = { write(): void; written(): void };

/** What waits to be written for so long, or in such numbers, is. A listing does not wait for it. */
const writeOptions = { delayMs: 1_000, limit: 1_000 };

/** Opens the index in a folder that no other process uses. */
export function openIndex(path: string): IndexStore {
  const tables = openTables(`${path}/${indexFile}`);
  const dirty = new Set<Writer>();
  const commit = async () => {
    // the transaction before may have taken everything
    if (dirty.size === 0) return;
    const writers = [...dirty];
    dirty.clear();
    await tables.root.transaction(() => {
      for (const writer of writers) writer.write();
    });
    for (const writer of writers) writer.written();
  };
  const writes = writeBehind(commit, writeOptions);
  const garbage = collectGarbage(tables);
  const store: Store = { ...tables, writes, dirty, discard: (number) => garbage.add(number) };
  const buckets = new Map<string, BucketIndex>();
  const bucket = (id: string) => {
    let index = buckets.get(id);
    if (index === undefined) buckets.set(id, (index = openBucket(store, id)));
    return index;
  };
  return {
    bucket,
    drop(id) {
      // whoever opens the same id from now on begins anew, under another number
      bucket(id).clear();
      buckets.delete(id);
      tables.meta.removeSync(id);
    },
    async close() {
      await garbage.stop();
      await writes.flush();
      await tables.root.committed;
      await tables.root.close();
    },
  };
}

function openBucket(store: Store, id: string): BucketIndex {
  const { meta, objects, tombstones, writes, dirty } = store;
  let { number, checkpoint, at } = store.root.transactionSync(() => {
    const known = meta.get(id) ?? { number: nextNumber(meta), checkpoint: 0, at: 0 };
    meta.putSync(id, known);
    return known;
  });
  /** What waits to be written, and what is being written: the newest of each key. */
  let overlay = new Map<string, IndexChange>();
  let underWay = new Map<string, IndexChange>();

  const pending = (key: string) => overlay.get(key) ?? underWay.get(key);
  const writeChange = (change: IndexChange) => {
    const key = rowPrefix(number) + change.key;
    const row = objects.get(key);
    const buried = tombstones.get(key)?.[0] ?? 0;
    const newest = Math.max(row?.sequence ?? 0, buried);
    const sequence = sequenceOfChange(change);
    if (change.kind === "gone" ? newest > sequence : newest >= sequence) return;
    if (change.kind === "object") void objects.put(key, change.entry);
    else if (row !== undefined) void objects.remove(key);
    if (change.kind === "deleted") void tombstones.put(key, [sequence, change.timeMs]);
    else if (buried > 0) void tombstones.remove(key);
  };
  const writer: Writer = {
    write() {
      // not for a bucket that was dropped meanwhile
      if (meta.get(id)?.number !== number) return overlay.clear();
      underWay = overlay;
      overlay = new Map();
      for (const change of underWay.values()) writeChange(change);
      void meta.put(id, { number, checkpoint, at });
    },
    written: () => underWay.clear(),
  };

  return {
    get checkpoint() {
      return checkpoint;
    },
    get checkpointAt() {
      return at;
    },
    get(key) {
      const change = pending(key);
      if (change !== undefined) return change.kind === "object" ? change.entry : undefined;
      return objects.get(rowPrefix(number) + key);
    },
    deletedAt(key) {
      const change = pending(key);
      if (change !== undefined) return change.kind === "deleted" ? change.sequence : 0;
      return tombstones.get(rowPrefix(number) + key)?.[0] ?? 0;
    },
    apply(changes, to) {
      for (const change of changes) {
        if (replaces(change, overlay.get(change.key))) overlay.set(change.key, change);
      }
      if (to !== undefined) ({ sequence: checkpoint, at } = to);
      dirty.add(writer);
      writes.added(Math.max(1, changes.length));
    },
    settled: () => writes.flush(),
    *from(from) {
      const prefix = rowPrefix(number);
      const range = { start: Buffer.concat([Buffer.from(prefix), from]), end: rowPrefix(number + 1) };
      for (const { key, value } of objects.getRange(range)) yield { key: key.toString().slice(prefix.length), value };
    },
    tombstones: (limit) =>
      [...tombstones.getRange({ start: rowPrefix(number), end: rowPrefix(number + 1), limit })].map(
        ({ key, value: [sequence, timeMs] }) => ({ key: splitRowKey(key).key, sequence, timeMs }),
      ),
    clear() {
      overlay.clear();
      store.discard(number);
      [checkpoint, at] = [0, 0];
      number = store.root.transactionSync(() => {
        const next = nextNumber(meta);
        meta.putSync(id, { number: next, checkpoint, at });
        return next;
      });
    },
  };
}

function replaces(change: IndexChange, before: IndexChange | undefined): boolean {
  if (before === undefined) return true;
  const newer = sequenceOfChange(change) - sequenceOfChange(before);
  return newer > 0 || (newer === 0 && change.kind === "gone");
}

function sequenceOfChange(change: IndexChange): number {
  return change.kind === "object" ? change.entry.sequence : change.sequence;
}

/** Never one that was used before: a write to a bucket that is gone may still be on its way. */
function nextNumber(meta: Database<Meta, string>): number {
  const number = (meta.get(counterKey)?.number ?? 0) + 1;
  meta.putSync(counterKey, { number, checkpoint: 0, at: 0 });
  return number;
}
