import type { StringEncoding } from "../binary/definitions.ts";
import { Trap } from "../errors.ts";
import type { CoreFunction, CoreMemory } from "../web-assembly.ts";
import type { ComponentState } from "./component-state.ts";

/** A piece of guest memory; one object per context, overwritten by the next use. */
export interface GuestRange {
  at: number;
  length: number;
}

/**
 * One side of a call: a component instance with its memory, its `realloc` and its string encoding. Views of the memory
 * are taken anew after it grew.
 */
export class GuestContext {
  readonly state: ComponentState;
  readonly encoding: StringEncoding;
  /** What was stored last; to be used before anything else is stored. */
  readonly stored: GuestRange = { at: 0, length: 0 };
  readonly #memory: CoreMemory | undefined;
  readonly #realloc: CoreFunction | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #view = new DataView(this.#bytes.buffer, 0, 0);
  /** The same bytes as no Buffer, of which a slice is a copy. */
  #plain = new Uint8Array(0);

  constructor(
    state: ComponentState,
    encoding: StringEncoding,
    memory: CoreMemory | undefined,
    realloc: CoreFunction | undefined,
  ) {
    this.state = state;
    this.encoding = encoding;
    this.#memory = memory;
    this.#realloc = realloc;
  }

  /** The whole memory. Never kept over a call into the guest. */
  get bytes(): Buffer {
    // the buffer of a memory that grew is detached: its length is 0
    return this.#bytes.length === 0 ? this.#refresh() : this.#bytes;
  }

  get view(): DataView {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#view;
  }

  /** Bytes of the memory, as an array of their own. */
  copy(at: number, length: number): Uint8Array<ArrayBuffer> {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#plain.slice(at, at + length);
  }

  /** Traps unless `size` bytes at an aligned `at` lie in the memory. */
  checkRange(at: number, size: number, align: number): void {
    if (at % align !== 0) throw new Trap(`pointer ${at} is not aligned to ${align}`);
    if (at + size > this.bytes.length) throw new Trap(`${size} bytes at ${at} are beyond the end of the memory`);
  }

  /** Room that the guest makes for `size` bytes; traps when what it answers can not be. */
  allocate(size: number, align: number): number {
    const realloc = this.#realloc;
    if (realloc === undefined) throw new Trap("the guest has no realloc");
    const at = Number(realloc(0, 0, align, size)) >>> 0;
    this.checkRange(at, size, align);
    return at;
  }

  #refresh(): Buffer {
    if (this.#memory === undefined) throw new Trap("the guest has no memory");
    const { buffer } = this.#memory;
    this.#bytes = Buffer.from(buffer);
    this.#view = new DataView(buffer);
    this.#plain = new Uint8Array(buffer);
    return this.#bytes;
  }
}
