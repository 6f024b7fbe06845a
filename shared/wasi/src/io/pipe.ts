import type { ByteSink, ByteSource } from "./byte-stream.ts";
import type { IoError } from "./io-error.ts";
import { streamClosed, streamFailed } from "./stream-error.ts";
import { Waiters } from "./waiters.ts";

const none = new Uint8Array(0);
/** What a waiting chunk costs beside its bytes: a writer of single bytes fills the pipe, not the memory. */
const chunkOverhead = 64;

/**
 * Bytes on their way from a writer to a reader, `capacity` at most: HTTP bodies, each direction of a virtual connection.
 * What is written belongs to the pipe and is not copied.
 *
 * States: open -> ended (the rest can be read) or failed (the writer's error comes after the rest);
 * any of them -> cancelled (the reader left: nothing is kept, writing answers closed).
 */
export class Pipe implements ByteSink, ByteSource {
  readonly #capacity: number;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #wasRead = false;
  #state: "open" | "ended" | "failed" | "cancelled" = "open";
  #error: IoError | undefined;
  readonly #waiters = new Waiters();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The writer finished, well or badly, or the reader left. */
  get isEnded(): boolean {
    return this.#state !== "open";
  }

  room(): number {
    if (this.#state !== "open") throw streamClosed;
    return Math.max(0, this.#capacity - this.#buffered - this.#chunks.length * chunkOverhead);
  }

  write(bytes: Uint8Array): void {
    if (this.#state !== "open") throw streamClosed;
    if (bytes.length === 0) return;
    // most bodies are one chunk; an array that grows has room for many more
    if (this.#chunks.length === 0) this.#chunks = [bytes];
    else this.#chunks.push(bytes);
    this.#buffered += bytes.length;
    this.#waiters.wake();
  }

  isWritable(): boolean {
    return this.#state !== "open" || this.room() > 0;
  }

  onWritable(callback: () => void): () => void {
    return this.#waiters.add(callback);
  }

  /** No more will be written; with an error, the reader gets that after what was written. Only the first call counts. */
  end(error?: IoError): void {
    if (this.#state !== "open") return;
    this.#state = error === undefined ? "ended" : "failed";
    this.#error = error;
    this.#waiters.wake();
  }

  read(max: number): Uint8Array {
    const first = this.#chunks[0];
    if (first === undefined) return this.#nothingLeft();
    const taken = first.length > max ? first.subarray(0, max) : first;
    if (first.length > max) this.#chunks[0] = first.subarray(max);
    else this.#chunks.shift();
    this.#buffered -= taken.length;
    this.#wasRead = true;
    this.#waiters.wake();
    return taken;
  }

  /** Everything at once, when the writer ended well and nothing was read yet. */
  whole(): Uint8Array | undefined {
    if (this.#state !== "ended" || this.#wasRead) return undefined;
    const [first, second] = this.#chunks;
    return second === undefined ? (first ?? none) : Buffer.concat(this.#chunks);
  }

  #nothingLeft(): Uint8Array {
    if (this.#state === "open") return none;
    throw this.#error === undefined ? streamClosed : streamFailed(this.#error);
  }

  isReadable(): boolean {
    return this.#buffered > 0 || this.#state !== "open";
  }

  onReadable(callback: () => void): () => void {
    return this.#waiters.add(callback);
  }

  /** The reader left. */
  cancel(): void {
    this.#state = "cancelled";
    this.#chunks = [];
    this.#buffered = 0;
    this.#error = undefined;
    this.#waiters.wake();
  }
}
