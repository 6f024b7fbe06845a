import { irrevocable, Trap } from "@holdfast/component-host";
import { repeatableClass } from "../repeatable-members.ts";
import { suspendingMethods } from "../suspending-methods.ts";
import type { ByteSink } from "./byte-stream.ts";
import { clampLength } from "./input-stream.ts";
import type { InputStream } from "./input-stream.ts";
import { Pollable, untilReady } from "./poll.ts";
import type { Readiness } from "./poll.ts";

/**
 * `wasi:io/streams.output-stream` over any sink of bytes.
 * Flushing has nothing to wait for: a sink has taken over what it was given. `blocking-write-and-flush` takes more than the
 * 4,096 bytes that WASI guarantees.
 */
export class OutputStream {
  readonly #sink: ByteSink;
  readonly #onDispose: (() => void) | undefined;

  constructor(sink: ByteSink, onDispose?: () => void) {
    this.#sink = sink;
    this.#onDispose = onDispose;
  }

  checkWrite(): bigint {
    return BigInt(this.#sink.room());
  }

  write(bytes: Uint8Array): void {
    const room = this.#sink.room();
    if (bytes.length > room) throw new Trap(`write of ${bytes.length} bytes where check-write permits ${room}`);
    this.#put(bytes);
  }

  blockingWriteAndFlush(bytes: Uint8Array): void | Promise<void> {
    if (bytes.length > this.#sink.room()) return this.#writeLater(bytes);
    this.#put(bytes);
  }

  flush(): void {
    this.#sink.room();
  }

  blockingFlush(): void {
    this.#sink.room();
  }

  subscribe(): Pollable {
    return new Pollable(this.#readiness());
  }

  writeZeroes(length: bigint): void {
    // checked before they are made: the length is the guest's
    const room = this.#sink.room();
    if (length > BigInt(room)) throw new Trap(`write of ${length} zeroes where check-write permits ${room}`);
    this.#put(new Uint8Array(Number(length)));
  }

  blockingWriteZeroesAndFlush(length: bigint): void | Promise<void> {
    if (length > BigInt(this.#sink.room())) return this.#writeZeroesLater(length);
    this.#put(new Uint8Array(Number(length)));
  }

  splice(source: InputStream, length: bigint): bigint {
    const bytes = source.read(BigInt(Math.min(clampLength(length), this.#sink.room())));
    this.#put(bytes);
    return BigInt(bytes.length);
  }

  blockingSplice(source: InputStream, length: bigint): bigint | Promise<bigint> {
    const ready = length === 0n || (this.#sink.isWritable() && source.subscribe().ready());
    return ready ? this.splice(source, length) : this.#spliceLater(source, length);
  }

  [Symbol.dispose](): void {
    if (this.#onDispose === undefined) return;
    irrevocable();
    this.#onDispose();
  }

  #put(bytes: Uint8Array): void {
    if (this.#sink.isOfCall === undefined) irrevocable();
    this.#sink.write(bytes);
  }

  #readiness(): Readiness {
    const sink = this.#sink;
    return { isReady: () => sink.isWritable(), onReady: (callback) => sink.onWritable(callback) };
  }

  async #writeLater(bytes: Uint8Array): Promise<void> {
    for (let written = 0; written < bytes.length;) {
      await untilReady(this.#readiness());
      const piece = bytes.subarray(written, written + this.#sink.room());
      this.#put(piece);
      written += piece.length;
    }
  }

  async #writeZeroesLater(length: bigint): Promise<void> {
    for (let left = length; left > 0n;) {
      await untilReady(this.#readiness());
      const piece = new Uint8Array(Math.min(this.#sink.room(), clampLength(left)));
      this.#put(piece);
      left -= BigInt(piece.length);
    }
  }

  async #spliceLater(source: InputStream, length: bigint): Promise<bigint> {
    await untilReady(this.#readiness());
    await untilReady(source.subscribe().readiness);
    return this.splice(source, length);
  }

  static {
    suspendingMethods(this.prototype, "blockingWriteAndFlush", "blockingWriteZeroesAndFlush", "blockingSplice");
    repeatableClass(this);
  }
}
