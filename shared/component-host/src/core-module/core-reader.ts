import { MalformedComponent, UnsupportedComponent } from "../errors.ts";

/** Reads a core module's sections. V8 validates modules; this reader only has to stay in bounds and to say where. */
export class CoreReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  fail(message: string): never {
    throw new MalformedComponent(message, { offset: this.at, section: "core module" });
  }

  byte(): number {
    const value = this.at < this.end ? this.bytes[this.at] : undefined;
    if (value === undefined) return this.fail("unexpected end");
    this.at += 1;
    return value;
  }

  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
    return this.fail("integer is too long");
  }

  /** Skips one LEB128 integer of any size. */
  skipLeb(): void {
    for (let length = 0; length < 10; length += 1) if (this.byte() < 0x80) return;
    this.fail("integer is too long");
  }

  skip(count: number): void {
    if (count > this.end - this.at) this.fail(`${count} bytes announced, ${this.end - this.at} left`);
    this.at += count;
  }

  skipName(): void {
    this.skip(this.u32());
  }

  name(): string {
    const length = this.u32();
    const start = this.at;
    this.skip(length);
    return Buffer.from(this.bytes.buffer, this.bytes.byteOffset + start, length).toString("utf8");
  }
}

/** There are 14 kinds; only custom sections may repeat. */
const maxSections = 10_000;

/** A section of a core module: its id, and where its contents lie in the bytes. */
export interface CoreSection {
  readonly id: number;
  readonly start: number;
  readonly end: number;
}

/** The sections of a core module, in order. */
export function coreSections(bytes: Uint8Array): CoreSection[] {
  const reader = new CoreReader(bytes);
  reader.skip(8);
  const sections: CoreSection[] = [];
  while (reader.at < reader.end) {
    const id = reader.byte();
    const length = reader.u32();
    const start = reader.at;
    reader.skip(length);
    if (sections.length >= maxSections) throw new UnsupportedComponent(`a core module of over ${maxSections} sections`);
    sections.push({ id, start, end: reader.at });
  }
  return sections;
}
