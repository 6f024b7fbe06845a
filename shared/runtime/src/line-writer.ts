/**
 * Log lines on their way to a file descriptor: gathered for a moment and written in one piece, because a system call costs more than
 * a line. Written synchronously, so that nothing is under way when the process exits, and without waiting for whoever reads them.
 */
import cluster from "node:cluster";
import { constants, fstatSync, openSync, writeSync } from "node:fs";

/** How long a line may wait. Milliseconds. */
const longestWaitMs = 100;
/** Bytes that are written without waiting for more. */
const enough = 32 * 1024;
/** Bytes that a reader may be behind; beyond it we wait for the reader, as a program with a plain standard output would. */
const mostBehind = 16 * 1024 * 1024;
/** Several processes write into one pipe: up to this size, POSIX keeps what is written in one piece (PIPE_BUF of Linux). Bytes. */
const unbrokenBytes = 4096;
/** How long an exit waits for a reader that does not read. Milliseconds. */
const exitMs = 2_000;
/** pino's "error": whoever looks for a failure must not have to wait, and a process that was killed cannot write any more. */
const urgentLevel = 50;

/** https://getpino.io/#/docs/api?id=pino-metadata */
const wantsLevel = Symbol.for("pino.metadata");

const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** A destination for pino. */
export class LineWriter {
  /** Of the line that is being written; pino sets it where `wantsLevel` stands. */
  lastLevel = 0;
  readonly #fd: number;
  readonly #pieceBytes: number;
  #lines = "";
  #length = 0;
  #rest: Buffer = Buffer.alloc(0);
  #isFlushSoon = false;

  /** `isShared`: others write to the same place, whose lines must not end up inside ours. */
  constructor(fd: number, isShared = false) {
    this.#fd = withoutWaiting(fd);
    this.#pieceBytes = isShared ? unbrokenBytes : Number.POSITIVE_INFINITY;
    Object.assign(this, { [wantsLevel]: true });
  }

  write(line: string): void {
    this.#lines += line;
    this.#length += line.length;
    if (this.lastLevel >= urgentLevel || this.#length >= enough) this.flush();
    else this.#flushSoon();
  }

  /** Writes what is there, as far as the reader takes it. */
  flush(): void {
    this.#gather();
    this.#write(this.#rest.length > mostBehind ? Number.POSITIVE_INFINITY : 0);
    if (this.#rest.length > 0) this.#flushSoon();
  }

  /** Writes everything, for a process that ends; gives up on a reader that takes nothing for two seconds. */
  finish(): void {
    this.#gather();
    this.#write(exitMs);
  }

  #flushSoon(): void {
    if (this.#isFlushSoon) return;
    this.#isFlushSoon = true;
    setTimeout(() => {
      this.#isFlushSoon = false;
      this.flush();
    }, longestWaitMs).unref();
  }

  #gather(): void {
    if (this.#length === 0) return;
    const added = Buffer.from(this.#lines);
    this.#rest = this.#rest.length === 0 ? added : Buffer.concat([this.#rest, added]);
    this.#lines = "";
    this.#length = 0;
  }

  #write(patienceMs: number): void {
    let until = Date.now() + patienceMs;
    while (this.#rest.length > 0) {
      const written = writeSome(this.#fd, wholeLines(this.#rest, this.#pieceBytes));
      if (written > 0) until = Date.now() + patienceMs;
      else if (Date.now() >= until) return;
      else Atomics.wait(sleeper, 0, 0, 5);
      this.#rest = this.#rest.subarray(written);
    }
  }
}

/** As many whole lines as fit; a line that is longer goes alone. */
function wholeLines(bytes: Buffer, limit: number): Buffer {
  if (bytes.length <= limit) return bytes;
  const lineEnd = bytes.lastIndexOf("\n", limit - 1);
  const end = lineEnd === -1 ? bytes.indexOf("\n", limit) : lineEnd;
  return end === -1 ? bytes : bytes.subarray(0, end + 1);
}

/** Bytes that were taken; 0 when the pipe is full. A pipe that nobody reads any more takes all: there is nobody to tell. */
function writeSome(fd: number, bytes: Buffer): number {
  try {
    return writeSync(fd, bytes);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EAGAIN" ? 0 : bytes.length;
  }
}

/** A pipe that is full would stop the process: Linux gives a second way into it that does not wait. Sockets and files stay as they are. */
function withoutWaiting(fd: number): number {
  try {
    if (!fstatSync(fd).isFIFO()) return fd;
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch {
    // No /proc, or a pipe of another user: then a full pipe stops us, and nothing else is different.
    return fd;
  }
}

let output: LineWriter | undefined;

/** Standard output of this process; written to the end whichever way the process exits, short of being killed. */
export function standardOutput(): LineWriter {
  if (output === undefined) {
    const lines = new LineWriter(1, cluster.isWorker);
    output = lines;
    process.on("exit", () => lines.finish());
  }
  return output;
}
