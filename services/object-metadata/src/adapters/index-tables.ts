/** The tables of the index, and the keys of their rows. */
import type { Database, RootDatabase } from "lmdb";

export type Tables = {
  readonly root: RootDatabase;
  readonly meta: Database<Meta, string>;
  readonly objects: Database<Buffer, Buffer>;
  /** Sequence and time of a deleted key's record. */
  readonly tombstones: Database<[number, number], Buffer>;
};

/** What is known of a bucket, by its id. All its rows begin with its number. */
export type Meta = { number: number; checkpoint: number; at: number };

/** In `meta`, under a name that is no bucket id: the highest bucket number given so far. */
export const counterKey = "#";

/** The row of a key in the bucket of this number; of "" the least of the bucket. */
export function rowKey(number: number, key: string | Buffer): Buffer {
  const length = typeof key === "string" ? Buffer.byteLength(key) : key.length;
  const row = Buffer.allocUnsafe(4 + length);
  row.writeUInt32BE(number, 0);
  if (typeof key === "string") row.write(key, 4);
  else key.copy(row, 4);
  return row;
}
