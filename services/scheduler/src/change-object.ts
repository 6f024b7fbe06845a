/** Read, change, write, and once more when somebody else wrote in between. */
import { fail } from "@holdfast/micro";
import type { Kind } from "@holdfast/manifests";
import { keyOf, type RecordOf, type StoredRecord } from "./domain/records.ts";
import type { Entry } from "./domain/view.ts";
import type { ObjectStore } from "./object-store.ts";

/** Times that somebody else may be faster. */
const attempts = 8;

/**
 * Changes one object. `change` gets it as it is (undefined: not there) and gives it as it shall be, or undefined to leave it. Throws
 * what `change` throws, OperationAborted when others kept writing, SlowDown.
 */
export async function changeObject<K extends Kind>(
  store: ObjectStore,
  { kind, namespace, name }: { kind: K; namespace: string; name: string },
  change: (record: RecordOf<K> | undefined) => (RecordOf<K> & StoredRecord) | undefined,
): Promise<Entry<RecordOf<K>>> {
  for (let attempt = 0; attempt < attempts; attempt++) {
    await store.refresh();
    const entry = store.view.get(kind, namespace, name);
    const record = change(entry?.record);
    if (record === undefined) {
      if (entry !== undefined) return entry;
      throw noSuchObject(kind, namespace, name);
    }
    const revision = await store.put(keyOf(record), record, entry?.revision ?? 0);
    if (revision !== undefined) return { key: keyOf(record), record, revision };
  }
  throw fail("OperationAborted", `${kind} ${namespace}/${name} is being changed by others: try again`);
}

export const noSuchObject = (kind: string, namespace: string, name: string) =>
  fail("NoSuchObject", `${kind} ${namespace}/${name} does not exist`);
