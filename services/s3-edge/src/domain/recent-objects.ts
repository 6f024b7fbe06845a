/**
 * Records decoded lately, and the bytes of small objects. Never believed: what is held counts only when the record as read now is
 * the very message that it was decoded from. Bytes of a record never change, so they need no check of their own.
 */
import type { StoredObject } from "@holdfast/contracts";

/** A record's message: the sequence alone could be that of an earlier bucket's stream. */
type Version = { readonly sequence: number; readonly timeMs: number };

export type RecentObject = {
  readonly object: StoredObject;
  /** All bytes of the object, where it is small and was read. */
  bytes: Uint8Array | undefined;
};

type Entry = RecentObject & { readonly version: Version; cost: number };

/** What an entry weighs besides the bytes: a decoded record with its strings is about three times its JSON. */
const costOfRecord = (recordBytes: number) => 512 + 3 * recordBytes;

export class RecentObjects {
  readonly #entries = new Map<string, Entry>();
  readonly #limit: number;
  #bytes = 0;

  /** `limitBytes` 0 keeps nothing. */
  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What is held under a name, if it came from this very message. */
  get(name: string, { sequence, timeMs }: Version): RecentObject | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    if (entry.version.sequence !== sequence || entry.version.timeMs !== timeMs) return undefined;
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry;
  }

  /** Holds a decoded record of `recordBytes` of JSON; the longest unused make room. */
  add(name: string, { sequence, timeMs }: Version, object: StoredObject, recordBytes: number): RecentObject {
    this.delete(name);
    const cost = costOfRecord(recordBytes);
    const entry: Entry = { object, bytes: undefined, version: { sequence, timeMs }, cost };
    if (cost > this.#limit) return entry;
    this.#entries.set(name, entry);
    this.#bytes += cost;
    this.#trim();
    return entry;
  }

  /** Holds a copy of an object's bytes beside its record, unless that has gone since. */
  addBytes(name: string, recent: RecentObject, bytes: Uint8Array): void {
    const entry = this.#entries.get(name);
    // A single object is not worth the rest.
    if (entry === undefined || entry !== recent || bytes.length > this.#limit / 16) return;
    // A copy: the view would keep all that was read from the socket with it.
    entry.bytes = bytes.slice();
    entry.cost += bytes.length;
    this.#bytes += bytes.length;
    this.#trim();
  }

  delete(name: string): void {
    const entry = this.#entries.get(name);
    if (entry === undefined) return;
    this.#entries.delete(name);
    this.#bytes -= entry.cost;
  }

  #trim(): void {
    for (const name of this.#entries.keys()) {
      if (this.#bytes <= this.#limit) return;
      this.delete(name);
    }
  }
}
