import { MalformedComponent, UnsupportedComponent } from "../errors.ts";
import type { ParseLimits } from "../limits.ts";

// oxlint-disable-next-line no-control-regex -- all of ASCII
const isAscii = /^[\x00-\x7f]*$/;
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** What all readers over one binary share: its bytes, its limits and how many definitions were read. */
export interface BinarySource {
  readonly bytes: Uint8Array;
  readonly limits: ParseLimits;
  definitions: number;
}

/**
 * Reads the primitives of the WebAssembly binary format out of a window of the bytes, and never past its end. Every
 * error says where: the offset and the section.
 */
export class Reader {
  readonly source: BinarySource;
  readonly end: number;
  readonly depth: number;
  /** What is being read, for messages. */
  section: string;
  #at: number;

  constructor(source: BinarySource, window: { at: number; end: number }, section: string, depth: number) {
    this.source = source;
    this.#at = window.at;
    this.end = window.end;
    this.section = section;
    this.depth = depth;
  }

  get at(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at >= this.end;
  }

  /** Never returns. */
  fail(message: string, offset = this.#at): never {
    throw new MalformedComponent(message, { offset, section: this.section });
  }

  /** Never returns: what stands here is valid, and we do not have it. */
  unsupported(what: string): never {
    throw new UnsupportedComponent(
      `${what} is not supported (in ${this.section}, at offset 0x${this.#at.toString(16)})`,
    );
  }

  byte(): number {
    const value = this.#at < this.end ? this.source.bytes[this.#at] : undefined;
    if (value === undefined) return this.fail("unexpected end");
    this.#at += 1;
    return value;
  }

  peek(): number {
    const value = this.byte();
    this.#at -= 1;
    return value;
  }

  expectByte(expected: number, what: string): void {
    const start = this.#at;
    const found = this.byte();
    if (found !== expected) this.fail(`expected ${what}, found byte 0x${found.toString(16)}`, start);
  }

  /** An unsigned LEB128 of at most 32 bits. */
  u32(): number {
    const start = this.#at;
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) this.fail("integer does not fit 32 bits", start);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  /** A type index where a one-byte type code could also stand (a non-negative s33). */
  typeIndex(): number {
    const start = this.#at;
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      if (shift === 28 && byte > 0x0f) this.fail("type index does not fit 32 bits", start);
      value += (byte & 0x7f) * 2 ** shift;
      if (byte >= 0x80) continue;
      // the sign bit of the last byte: a negative number is a type code we do not know
      if ((byte & 0x40) !== 0 && shift < 28) this.fail(`unknown type code 0x${byte.toString(16)}`, start);
      return value;
    }
  }

  name(): string {
    const length = this.u32();
    const start = this.#at;
    if (length > this.source.limits.maxNameBytes) this.fail(`name of ${length} bytes is too long`, start);
    const bytes = this.take(length);
    // names are ASCII, and a decoder takes twenty times as long to begin
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, length).toString("latin1");
    if (isAscii.test(text)) return text;
    try {
      return utf8.decode(bytes);
    } catch (cause) {
      throw Object.assign(this.#error("name is not valid UTF-8", start), { cause });
    }
  }

  /** The next `length` bytes, not copied. */
  take(length: number): Uint8Array {
    if (length > this.end - this.#at) this.fail(`${length} bytes announced, ${this.end - this.#at} left`);
    this.#at += length;
    return this.source.bytes.subarray(this.#at - length, this.#at);
  }

  /** A reader of the next `length` bytes, which this one skips. */
  window(length: number, section: string, deeper = 0): Reader {
    const at = this.#at;
    const depth = this.depth + deeper;
    if (depth > this.source.limits.maxDepth) this.fail(`nested deeper than ${this.source.limits.maxDepth}`);
    this.take(length);
    return new Reader(this.source, { at, end: at + length }, section, depth);
  }

  /** Goes on at `offset`, which a reader of the same window has reached. */
  resumeAt(offset: number): void {
    this.#at = offset;
  }

  /** Accounts for what is about to be read. */
  countDefinitions(count: number): void {
    this.source.definitions += count;
    if (this.source.definitions > this.source.limits.maxDefinitions) this.fail("too many definitions");
  }

  /** A count and that many elements; each takes at least one byte, so a count beyond the bytes left is refused at once. */
  vector<T>(read: () => T): T[] {
    const count = this.u32();
    if (count > this.end - this.#at) this.fail(`${count} elements announced, ${this.end - this.#at} bytes left`);
    this.countDefinitions(count);
    const elements: T[] = [];
    for (let index = 0; index < count; index += 1) elements.push(read());
    return elements;
  }

  /** `0x00`, or `0x01` and an element. */
  optional<T>(read: () => T): T | undefined {
    const start = this.#at;
    const present = this.byte();
    if (present > 1) this.fail(`expected 0x00 or 0x01, found 0x${present.toString(16)}`, start);
    return present === 1 ? read() : undefined;
  }

  #error(message: string, offset: number): MalformedComponent {
    return new MalformedComponent(message, { offset, section: this.section });
  }
}
