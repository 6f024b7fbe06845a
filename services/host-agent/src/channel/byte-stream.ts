/**
 * Bytes over the channel with back-pressure: a sender may be `windowBytes` ahead of who reads. Each half has one owner, who ends it.
 */
import type { Message } from "./messages.ts";

/** How far a sender may be ahead. Bytes. */
export const windowBytes = 256 * 1024;

type Post = (message: Message) => void;

/** The stream was broken off: by the other end, or because that end is gone. */
export class StreamBroken extends Error {
  override readonly name = "StreamBroken";
}

export class ByteSender {
  readonly id: number;
  readonly #post: Post;
  #credit = windowBytes;
  #broken: StreamBroken | undefined;
  #isEnded = false;
  #waiting: PromiseWithResolvers<void> | undefined;
  readonly #closed = Promise.withResolvers<void>();

  constructor(id: number, post: Post) {
    this.id = id;
    this.#post = post;
    post({ kind: "open", stream: id });
  }

  /** Resolves when the stream is over for its sender: ended, aborted, or not wanted any more. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }
  /** Bytes that may be written without waiting; negative when it is behind. */
  get credit(): number {
    return this.#broken === undefined ? this.#credit : 0;
  }
  get broken(): StreamBroken | undefined {
    return this.#broken;
  }

  /** Sends bytes; they are copied. Then `ready` says when to send more. Throws `StreamBroken`. */
  write(bytes: Uint8Array): void {
    if (this.#broken) throw this.#broken;
    if (bytes.length === 0) return;
    this.#credit -= bytes.length;
    this.#post({ kind: "bytes", stream: this.id, bytes });
  }

  /** Resolves when the other end has taken enough for more; rejects with `StreamBroken`. */
  ready(): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken);
    if (this.#credit > 0) return Promise.resolve();
    this.#waiting ??= Promise.withResolvers();
    return this.#waiting.promise;
  }

  /** All was written. `trailers` is plain data for the other end. */
  end(trailers?: unknown): void {
    if (this.#finish()) this.#post({ kind: "end", stream: this.id, trailers });
  }

  /** The rest will not come. */
  abort(message: string): void {
    if (this.#finish()) this.#post({ kind: "broken", stream: this.id, message });
  }

  taken(bytes: number): void {
    this.#credit += bytes;
    if (this.#credit <= 0) return;
    this.#waiting?.resolve();
    this.#waiting = undefined;
  }

  /** The other end wants no more, or is gone. */
  unwanted(reason: string): void {
    this.#broken ??= new StreamBroken(reason);
    const { promise, reject } = this.#waiting ?? {};
    // Whoever waits hears of it; nobody has to.
    void promise?.catch(() => undefined);
    reject?.(this.#broken);
    this.#waiting = undefined;
    this.#closed.resolve();
  }

  #finish(): boolean {
    if (this.#isEnded || this.#broken) return false;
    this.#isEnded = true;
    this.#closed.resolve();
    return true;
  }
}

/** What `read` gives: bytes, or the end with its trailers. */
export type Piece = { readonly bytes: Uint8Array } | { readonly end: true; readonly trailers: unknown };

export class ByteReceiver {
  readonly #id: number;
  readonly #post: Post;
  readonly #forget: () => void;
  readonly #arrived: Uint8Array[] = [];
  #over: { trailers: unknown } | StreamBroken | undefined;
  #change: PromiseWithResolvers<void> | undefined;

  constructor(id: number, post: Post, forget: () => void) {
    this.#id = id;
    this.#post = post;
    this.#forget = forget;
  }

  /** All has come, or nothing more will. */
  get isOver(): boolean {
    return this.#over !== undefined;
  }

  /** What came behind the last byte; undefined before, and when the stream was broken. */
  get trailers(): unknown {
    return this.#over instanceof StreamBroken ? undefined : this.#over?.trailers;
  }

  /** What is there now; undefined when nothing is yet. Throws `StreamBroken`. */
  take(): Piece | undefined {
    const bytes = this.#arrived.shift();
    if (bytes !== undefined) {
      if (this.#over === undefined) this.#post({ kind: "taken", stream: this.#id, bytes: bytes.length });
      return { bytes };
    }
    if (this.#over instanceof StreamBroken) throw this.#over;
    return this.#over && { end: true, trailers: this.#over.trailers };
  }

  /** Resolves when `take` gives something. */
  async arrival(): Promise<void> {
    if (this.#arrived.length > 0 || this.#over !== undefined) return;
    this.#change ??= Promise.withResolvers();
    await this.#change.promise;
  }

  /** The next piece; rejects with `StreamBroken`. */
  async read(): Promise<Piece> {
    for (;;) {
      const piece = this.take();
      if (piece !== undefined) return piece;
      await this.arrival();
    }
  }

  /** The bytes until the end. Leaving the loop early tells the sender to stop. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void> {
    try {
      for (let piece = await this.read(); "bytes" in piece; piece = await this.read()) yield piece.bytes;
    } finally {
      this.cancel();
    }
  }

  /** Nobody will read the rest. */
  cancel(): void {
    if (this.#over === undefined) this.#post({ kind: "unwanted", stream: this.#id });
    this.#arrived.length = 0;
    this.#finish(new StreamBroken("nobody reads any more"));
  }

  accept(bytes: Uint8Array): void {
    this.#arrived.push(bytes);
    this.#wake();
  }
  end(trailers: unknown): void {
    this.#finish({ trailers });
  }
  breakOff(message: string): void {
    this.#finish(new StreamBroken(message));
  }

  #finish(over: { trailers: unknown } | StreamBroken): void {
    this.#over ??= over;
    this.#forget();
    this.#wake();
  }
  #wake(): void {
    this.#change?.resolve();
    this.#change = undefined;
  }
}
