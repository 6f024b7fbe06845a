/** Objects in memory with the rules of the real store, for simulations: several schedulers share one log, each with its view. */
import type { StoredRecord } from "../domain/records.ts";
import { Objects } from "../domain/view.ts";
import type { Committed, Fence, ObjectStore, Write } from "../object-store.ts";

type Row = Write & { readonly fence?: Fence };

/** What the schedulers of one simulation share. */
export class MemoryLog {
  readonly rows: Row[] = [];
  readonly #revisions = new Map<string, number>();

  get last(): number {
    return this.rows.length;
  }

  revisionOf(key: string): number {
    return this.#revisions.get(key) ?? 0;
  }

  append(row: Row): number {
    this.rows.push(row);
    this.#revisions.set(row.key, this.rows.length);
    return this.rows.length;
  }
}

export class MemoryObjectStore implements ObjectStore {
  readonly maxRecordBytes = Number.MAX_SAFE_INTEGER;
  readonly view = new Objects();
  readonly #log: MemoryLog;
  revision = 0;
  fence: Fence | undefined;

  constructor(log: MemoryLog) {
    this.#log = log;
  }

  async refresh(): Promise<number> {
    while (this.revision < this.#log.last) this.#apply(this.#log.rows[this.revision]);
    return this.revision;
  }

  async put(key: string, record: StoredRecord, expectedRevision: number): Promise<number | undefined> {
    if (this.#revisionOf(key) !== expectedRevision) return undefined;
    return this.#log.append({ key, record });
  }

  async remove(key: string, expectedRevision: number): Promise<boolean> {
    if (this.#revisionOf(key) !== expectedRevision) return false;
    this.#log.append({ key, record: undefined });
    return true;
  }

  async commit(writes: readonly Write[]): Promise<Committed> {
    if (this.revision !== this.#log.last) return { isDone: false, written: 0 };
    for (const write of writes) this.#log.append(write);
    await this.refresh();
    return { isDone: true, written: writes.length };
  }

  async raiseFence(fence: Fence): Promise<boolean> {
    await this.refresh();
    if ((this.fence?.token ?? 0) >= fence.token) return false;
    this.#log.append({ key: "fence", record: undefined, fence });
    await this.refresh();
    return true;
  }

  async changed(): Promise<void> {
    await Promise.resolve();
  }

  /** A removed object's key is as one that never was. */
  #revisionOf(key: string): number {
    const revision = this.#log.revisionOf(key);
    return this.#log.rows[revision - 1]?.record === undefined ? 0 : revision;
  }

  #apply(row: Row | undefined): void {
    this.revision++;
    if (row === undefined) return;
    if (row.fence !== undefined) this.fence = row.fence;
    else if (row.record === undefined) this.view.delete(row.key);
    else this.view.set(row.key, row.record, this.revision);
  }
}
