/** The objects as of one revision, by kind. */
import type { Kind } from "@holdfast/manifests";
import { objectKey, type RecordOf, type StoredRecord } from "./records.ts";

export type Entry<R extends StoredRecord = StoredRecord> = {
  readonly key: string;
  readonly record: R;
  readonly revision: number;
};

/** Reads of a view; a record is never changed in place. */
export type View = {
  get<K extends Kind>(kind: K, namespace: string, name: string): Entry<RecordOf<K>> | undefined;
  /** In no order. */
  all<K extends Kind>(kind: K): Iterable<Entry<RecordOf<K>>>;
  size(kind: Kind): number;
};

type Tables = { readonly [K in Kind]: Map<string, Entry<RecordOf<K>>> };

/** A view that is being written. */
export class Objects implements View {
  readonly #tables: Tables = {
    WorkloadDeployment: new Map(),
    WorkloadReplicaSet: new Map(),
    Workload: new Map(),
    Host: new Map(),
    Artifact: new Map(),
    ConfigMap: new Map(),
    Secret: new Map(),
  };

  get<K extends Kind>(kind: K, namespace: string, name: string): Entry<RecordOf<K>> | undefined {
    return this.#tables[kind].get(objectKey(kind, namespace, name));
  }

  all<K extends Kind>(kind: K): Iterable<Entry<RecordOf<K>>> {
    return this.#tables[kind].values();
  }

  size(kind: Kind): number {
    return this.#tables[kind].size;
  }

  set(key: string, record: StoredRecord, revision: number): void {
    const table: Map<string, Entry> = this.#tables[record.manifest.kind];
    table.set(key, { key, record, revision });
  }

  delete(key: string): void {
    for (const table of Object.values(this.#tables)) table.delete(key);
  }

  clear(): void {
    for (const table of Object.values(this.#tables)) table.clear();
  }
}
