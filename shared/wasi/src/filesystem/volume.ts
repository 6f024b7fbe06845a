import { constants, fstatSync, lstatSync, openSync, readdirSync, realpathSync } from "node:fs";
import type { BigIntStats } from "node:fs";
import { join } from "node:path";
import { fsError } from "./error-code.ts";
import { OpenFile } from "./open-file.ts";

export interface VolumeOptions {
  /** the folder of the host that is the volume */
  hostPath: string;
  /** what all files together may hold, a KiB for each entry included; default without bound */
  maxBytes?: number;
  /** longest file; default without bound */
  maxFileBytes?: number;
}

/** What an entry counts beside its bytes: a million empty files are not free. */
const entryBytes = 1024;

const identityOf = ({ dev, ino }: BigIntStats): string => `${dev}:${ino}`;

/**
 * A folder of the host for the guests of one workload, and what they use of it. What is there already is counted when the
 * volume is opened; what others than the workload's own worker write later is not.
 */
export class Volume {
  readonly root: OpenFile;
  readonly maxFileBytes: number;
  readonly #maxBytes: number;
  #usedBytes = 0;
  /** open files by identity: what is unlinked while open is only free when it is closed */
  readonly #open = new Map<string, number>();

  /** @throws node's error when the folder is not there */
  constructor({ hostPath, maxBytes = Infinity, maxFileBytes = Infinity }: VolumeOptions) {
    const path = realpathSync(hostPath);
    this.root = new OpenFile(openSync(path, constants.O_RDONLY | constants.O_DIRECTORY), path, this);
    this.#maxBytes = maxBytes;
    this.maxFileBytes = maxFileBytes;
    if (this.isLimited) this.#usedBytes = sizeOfTree(path);
  }

  get isLimited(): boolean {
    return this.#maxBytes !== Infinity;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Before a file grows. */
  reserve(bytes: number): void {
    if (this.#usedBytes + bytes > this.#maxBytes) throw fsError("quota");
    this.#usedBytes += bytes;
  }

  release(bytes: number): void {
    this.#usedBytes = Math.max(0, this.#usedBytes - bytes);
  }

  /** Makes a new entry, which is counted when that succeeds. */
  addEntry(make: () => void): void {
    this.reserve(entryBytes);
    try {
      make();
    } catch (error) {
      this.release(entryBytes);
      throw error;
    }
  }

  /** Removes the entry at a path, which is not counted any more when that succeeded. */
  removeEntry(path: string, remove: () => void): void {
    const stats = this.isLimited ? lstatSync(path, { bigint: true, throwIfNoEntry: false }) : undefined;
    remove();
    if (stats === undefined) return;
    this.release(entryBytes);
    const isLast = stats.nlink === 1n && !this.#open.has(identityOf(stats));
    if (stats.isFile() && isLast) this.release(Number(stats.size));
  }

  /** Moves an entry; what it replaces is not counted any more. Onto another name of the same file it replaces nothing. */
  replaceEntry(from: string, to: string, rename: () => void): void {
    if (!this.isLimited || isSame(from, to)) rename();
    else this.removeEntry(to, rename);
  }

  opened(fd: number): void {
    if (!this.isLimited) return;
    const identity = identityOf(fstatSync(fd, { bigint: true }));
    this.#open.set(identity, (this.#open.get(identity) ?? 0) + 1);
  }

  closing(fd: number): void {
    if (!this.isLimited) return;
    const stats = fstatSync(fd, { bigint: true });
    const identity = identityOf(stats);
    const others = (this.#open.get(identity) ?? 1) - 1;
    if (others > 0) this.#open.set(identity, others);
    else this.#open.delete(identity);
    if (others === 0 && stats.nlink === 0n && stats.isFile()) this.release(Number(stats.size));
  }

  /** No guest uses it any more. */
  [Symbol.dispose](): void {
    this.root[Symbol.dispose]();
  }
}

function isSame(a: string, b: string): boolean {
  const [first, second] = [a, b].map((path) => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  return first !== undefined && second !== undefined && identityOf(first) === identityOf(second);
}

function sizeOfTree(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    bytes += entryBytes;
    if (entry.isFile()) bytes += lstatSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0;
  }
  return bytes;
}
