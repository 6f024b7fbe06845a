/** The tables of the index, and the keys of their rows. */
import { type Database, open, type RootDatabase } from "lmdb";
import { decodeRow, encodeRow, type IndexEntry } from "../domain/index-row.ts";

export type Tables = {
  readonly root: RootDatabase;
  readonly meta: Database<Meta, string>;
  readonly objects: Database<IndexEntry, RowKey>;
  /** Sequence and time of a deleted key's record. */
  readonly tombstones: Database<[number, number], RowKey>;
};

/** What is known of a bucket, by its id. All its rows begin with its number. */
export type Meta = { number: number; checkpoint: number; at: number };

/** `<bucket number, 8 hex digits><key>`; LMDB gives it as text, and takes bytes to begin a range that no text could. */
export type RowKey = string | Buffer;

/** In `meta`, under a name that is no bucket id: the highest bucket number given so far. */
export const counterKey = "#";

const digits = 8;

/** Keys and rows are read where LMDB lends them: a copy of each costs a page as much as all the rest. */
const keyEncoder = {
  writeKey(key: RowKey, target: Buffer, start: number): number {
    const bytes = typeof key === "string" ? Buffer.from(key) : key;
    target.set(bytes, start);
    return start + bytes.length;
  },
  readKey: (target: Buffer, start: number, end: number): string => target.toString("utf8", start, end),
};

export function openTables(path: string): Tables {
  const root = open({ path, maxDbs: 8, noSubdir: true });
  // documented by LMDB's package, absent from its types
  const byKey = { keyEncoder };
  const ofEntries = { keyEncoder, encoder: { encode: encodeRow, decode: decodeRow } };
  return {
    root,
    meta: root.openDB<Meta, string>({ name: "meta" }),
    objects: root.openDB<IndexEntry, RowKey>({ name: "objects", ...ofEntries }),
    tombstones: root.openDB<[number, number], RowKey>({ name: "tombstones", ...byKey }),
  };
}

/** What all rows of a bucket begin with. */
export function rowPrefix(number: number): string {
  return number.toString(16).padStart(digits, "0");
}

/** The bucket's number and the key of a row. */
export function splitRowKey(row: RowKey): { number: number; key: string } {
  const text = row.toString();
  return { number: Number.parseInt(text.slice(0, digits), 16), key: text.slice(digits) };
}
