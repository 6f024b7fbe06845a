export interface LineLimits {
  /** a longer line is given in pieces of so many bytes; default 8 KiB */
  maxLineBytes?: number;
  /** what one call may print; the rest is dropped and said so once; default 1 MiB. `Infinity` for a service */
  maxBytes?: number;
}

const newline = 0x0a;

/**
 * Makes lines of what a guest prints, for a log. UTF-8; what is not becomes U+FFFD. Line ends are taken off. A limit keeps
 * one chatty call from drowning the others' logs.
 */
export class LineSink {
  readonly #log: (line: string) => void;
  readonly #maxLineBytes: number;
  readonly #maxBytes: number;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #left: number;

  constructor(log: (line: string) => void, { maxLineBytes = 8 * 1024, maxBytes = 1024 * 1024 }: LineLimits = {}) {
    this.#log = log;
    this.#maxLineBytes = maxLineBytes;
    this.#maxBytes = maxBytes;
    this.#left = maxBytes;
  }

  write(bytes: Uint8Array): void {
    if (this.#left <= 0) return;
    const kept = bytes.subarray(0, this.#left);
    this.#left -= kept.length;
    this.#split(kept);
    if (this.#left <= 0) this.#say(`output of this call cut after ${this.#maxBytes} bytes`);
  }

  /** Ends the call: what stands without a line end is a line, and the next call may print as much again. */
  reset(): void {
    this.#flush();
    this.#left = this.#maxBytes;
  }

  #split(bytes: Uint8Array): void {
    let rest = bytes;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      this.#take(rest.subarray(0, end));
      this.#emit();
      rest = rest.subarray(end + 1);
    }
    this.#take(rest);
  }

  #take(bytes: Uint8Array): void {
    let rest = bytes;
    while (this.#pendingBytes + rest.length > this.#maxLineBytes) {
      const fits = this.#maxLineBytes - this.#pendingBytes;
      this.#keep(rest.subarray(0, fits));
      this.#emit();
      rest = rest.subarray(fits);
    }
    this.#keep(rest);
  }

  #keep(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#pending.push(bytes);
    this.#pendingBytes += bytes.length;
  }

  #emit(): void {
    const [first] = this.#pending;
    const bytes = this.#pending.length === 1 && first !== undefined ? first : Buffer.concat(this.#pending);
    this.#pending = [];
    this.#pendingBytes = 0;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
    this.#log(text.endsWith("\r") ? text.slice(0, -1) : text);
  }

  #flush(): void {
    if (this.#pendingBytes > 0) this.#emit();
  }

  #say(note: string): void {
    this.#flush();
    this.#log(`[${note}]`);
  }
}
