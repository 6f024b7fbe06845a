import { createHash, randomBytes } from "node:crypto";
import type { BigIntStats, Dirent } from "node:fs";
import { toDatetime } from "../clocks/clocks.ts";
import type { Datetime } from "../clocks/clocks.ts";

/** `wasi:filesystem/types.descriptor-type`. */
export type DescriptorType =
  | "unknown"
  | "block-device"
  | "character-device"
  | "directory"
  | "fifo"
  | "symbolic-link"
  | "regular-file"
  | "socket";

/** `descriptor-stat`. */
export interface DescriptorStat {
  type: DescriptorType;
  linkCount: bigint;
  size: bigint;
  dataAccessTimestamp: Datetime | undefined;
  dataModificationTimestamp: Datetime | undefined;
  statusChangeTimestamp: Datetime | undefined;
}

/** `new-timestamp`. */
export type NewTimestamp = { tag: "no-change" } | { tag: "now" } | { tag: "timestamp"; val: Datetime };

export function typeOf(entry: BigIntStats | Dirent): DescriptorType {
  if (entry.isFile()) return "regular-file";
  if (entry.isDirectory()) return "directory";
  if (entry.isSymbolicLink()) return "symbolic-link";
  if (entry.isFIFO()) return "fifo";
  if (entry.isSocket()) return "socket";
  if (entry.isBlockDevice()) return "block-device";
  return entry.isCharacterDevice() ? "character-device" : "unknown";
}

export const toDescriptorStat = (stats: BigIntStats): DescriptorStat => ({
  type: typeOf(stats),
  linkCount: stats.nlink,
  size: stats.size,
  dataAccessTimestamp: toDatetime(stats.atimeNs),
  dataModificationTimestamp: toDatetime(stats.mtimeNs),
  statusChangeTimestamp: toDatetime(stats.ctimeNs),
});

const nsPerSecond = 1e9;

/** Seconds for node's `utimes`; a double, so exact to less than a microsecond. */
export function toSeconds(time: NewTimestamp, currentNs: bigint): number {
  if (time.tag === "now") return Date.now() / 1_000;
  if (time.tag === "no-change") return Number(currentNs) / nsPerSecond;
  return Number(time.val.seconds) + time.val.nanoseconds / nsPerSecond;
}

const salt = randomBytes(16);

/** `metadata-hash-value`: changes when the file is modified or replaced. Salted, so that it does not tell inode numbers. */
export function metadataHash({ dev, ino, size, mtimeNs }: BigIntStats): { lower: bigint; upper: bigint } {
  const digest = createHash("sha256").update(salt).update(`${dev} ${ino} ${size} ${mtimeNs}`).digest();
  return { lower: digest.readBigUInt64LE(0), upper: digest.readBigUInt64LE(8) };
}
