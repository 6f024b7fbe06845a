/**
 * Paths of guests: always relative to an open directory, and never leading out of it.
 *
 * Each component is opened by itself, from the directory before it and without following links; links are read and walked
 * here, `..` goes back to a directory that is already open. On Linux a component is opened as `/proc/self/fd/<directory>/<name>`,
 * which is `openat`: no rename or link that somebody puts in the way meanwhile leads anywhere else.
 *
 * Gaps: where there is no /proc (macOS) a component is opened by its whole path, and who can write to the volume at the same
 * time can swap a directory for a link between two steps.
 */
import { closeSync, constants, existsSync, openSync, readlinkSync } from "node:fs";
import { errnoOf, fsError } from "./error-code.ts";

/** An open directory of the host. */
export interface OpenDirectory {
  readonly fd: number;
  /** where it was when it was opened; only used where there is no /proc */
  readonly path: string;
}

/** Where a guest's path leads: a name in an open directory. Dispose it when the calls with `path` are over. */
export interface Place {
  /** for node:fs; its last component may be a link, which calls must not follow */
  readonly path: string;
  /** the path was written as a directory's: `a/` */
  readonly asDirectory: boolean;
  [Symbol.dispose](): void;
}

const { O_RDONLY, O_DIRECTORY, O_NOFOLLOW, O_NONBLOCK } = constants;
const hasProc = process.platform === "linux" && existsSync("/proc/self/fd");

const maxPathBytes = 4096;
/** as in Linux */
const maxLinks = 40;
/** directories open at once during one walk */
const maxDepth = 128;

/** A name in an open directory, as a path for node:fs. */
export const childOf = (directory: OpenDirectory, name: string): string =>
  hasProc ? `/proc/self/fd/${directory.fd}/${name}` : `${directory.path}/${name}`;

/** @param follow whether a link at the end of the path is followed too */
export function resolve(base: OpenDirectory, path: string, follow: boolean): Place {
  if (path === "") throw fsError("no-entry");
  if (path.includes("\0")) throw fsError("invalid");
  if (path.startsWith("/")) throw fsError("not-permitted");
  if (Buffer.byteLength(path) > maxPathBytes) throw fsError("name-too-long");
  const trimmed = path.replace(/\/+$/, "");
  const walk = new Walk(base);
  try {
    const end = walk.to(trimmed, follow || trimmed !== path);
    return { path: end, asDirectory: trimmed !== path, [Symbol.dispose]: () => walk.close() };
  } catch (error) {
    walk.close();
    throw error;
  }
}

class Walk {
  readonly #base: OpenDirectory;
  readonly #opened: OpenDirectory[] = [];
  /** components still to go, the next one last */
  readonly #todo: string[] = [];
  #links = 0;

  constructor(base: OpenDirectory) {
    this.#base = base;
  }

  to(path: string, follow: boolean): string {
    this.#push(path);
    for (let part = this.#todo.pop(); part !== undefined; part = this.#todo.pop()) {
      if (part === "" || part === ".") continue;
      if (part === "..") this.#leave();
      else if (this.#todo.length > 0) this.#enter(part);
      else if (!follow || !this.#followed(part)) return childOf(this.#here(), part);
    }
    return childOf(this.#here(), ".");
  }

  close(): void {
    for (const { fd } of this.#opened.splice(0)) closeSync(fd);
  }

  #here(): OpenDirectory {
    return this.#opened.at(-1) ?? this.#base;
  }

  #push(path: string): void {
    this.#todo.push(...path.split("/").toReversed());
  }

  #leave(): void {
    const left = this.#opened.pop();
    if (left === undefined) throw fsError("not-permitted");
    closeSync(left.fd);
  }

  #enter(name: string): void {
    if (this.#opened.length >= maxDepth) throw fsError("name-too-long");
    const path = childOf(this.#here(), name);
    try {
      const fd = openSync(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK);
      this.#opened.push({ fd, path });
    } catch (error) {
      const errno = errnoOf(error);
      // what Linux says of a link here, and of a file
      if (errno !== "ENOTDIR" && errno !== "ELOOP") throw error;
      if (!this.#followed(name)) throw fsError("not-directory");
    }
  }

  /** Whether the name is a link; then where it leads is what is walked next. */
  #followed(name: string): boolean {
    const target = linkAt(childOf(this.#here(), name));
    if (target === undefined) return false;
    if (++this.#links > maxLinks) throw fsError("loop");
    if (target.startsWith("/")) throw fsError("not-permitted");
    this.#push(target);
    return true;
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    const errno = errnoOf(error);
    if (errno === "EINVAL" || errno === "ENOENT") return undefined;
    throw error;
  }
}
