import { irrevocable } from "@holdfast/component-host";
import { repeatableClass } from "../repeatable-members.ts";
import { suspendingMethods } from "../suspending-methods.ts";
import type { ByteSource } from "./byte-stream.ts";
import { Pollable, untilReady } from "./poll.ts";
import type { Readiness } from "./poll.ts";

/** One read gives at most so much, however much was asked for: the bytes are copied into the guest in one piece. */
const maxReadBytes = 1024 * 1024;

/** Most that one call may move. */
export const clampLength = (length: bigint): number => (length < BigInt(maxReadBytes) ? Number(length) : maxReadBytes);

/** `wasi:io/streams.input-stream` over any source of bytes. */
export class InputStream {
  readonly #source: ByteSource;
  readonly #onDispose: (() => void) | undefined;

  constructor(source: ByteSource, onDispose?: () => void) {
    this.#source = source;
    this.#onDispose = onDispose;
  }

  read(length: bigint): Uint8Array {
    if (this.#source.isOfCall === undefined) irrevocable();
    return this.#source.read(clampLength(length));
  }

  blockingRead(length: bigint): Uint8Array | Promise<Uint8Array> {
    const source = this.#source;
    return length === 0n || source.isReadable() ? this.read(length) : this.#readLater(length);
  }

  skip(length: bigint): bigint {
    return BigInt(this.read(length).length);
  }

  blockingSkip(length: bigint): bigint | Promise<bigint> {
    const bytes = this.blockingRead(length);
    return bytes instanceof Promise ? bytes.then((late) => BigInt(late.length)) : BigInt(bytes.length);
  }

  subscribe(): Pollable {
    return new Pollable(this.#readiness());
  }

  [Symbol.dispose](): void {
    if (this.#onDispose === undefined) return;
    irrevocable();
    this.#onDispose();
  }

  #readiness(): Readiness {
    const source = this.#source;
    return { isReady: () => source.isReadable(), onReady: (callback) => source.onReadable(callback) };
  }

  async #readLater(length: bigint): Promise<Uint8Array> {
    await untilReady(this.#readiness());
    return this.read(length);
  }

  static {
    suspendingMethods(this.prototype, "blockingRead", "blockingSkip");
    repeatableClass(this);
  }
}
