import type { scheduler } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import type { Handlers } from "@holdfast/micro/contract";
import { noSuchObject } from "../change-object.ts";
import { keyOf, type StoredRecord } from "../domain/records.ts";
import type { SchedulerParts } from "../parts.ts";

const attempts = 8;

/** What runs is marked and goes when it has ended; the rest goes at once. Of a host only the settings go. */
function deleted(record: StoredRecord): StoredRecord | undefined {
  switch (record.manifest.kind) {
    case "WorkloadDeployment":
    case "WorkloadReplicaSet":
    case "Workload":
      return { ...record, isDeleting: true };
    default:
      return "orphans" in record && record.orphans.length > 0 ? withoutSettings(record) : undefined;
  }
}

function withoutSettings(record: Extract<StoredRecord, { orphans: unknown }>): StoredRecord {
  const metadata = { ...record.manifest.metadata, labels: {} };
  return { ...record, isDraining: false, manifest: { ...record.manifest, metadata } };
}

/** Throws NoSuchObject, OperationAborted, SlowDown. */
export async function removeObject(
  { store }: Pick<SchedulerParts, "store">,
  target: Pick<StoredRecord, "manifest">,
): Promise<void> {
  const { kind, metadata } = target.manifest;
  const { namespace, name } = metadata;
  for (let attempt = 0; attempt < attempts; attempt++) {
    await store.refresh();
    const entry: { record: StoredRecord; revision: number } | undefined = store.view.get(kind, namespace, name);
    if (entry === undefined) throw noSuchObject(kind, namespace, name);
    const { record, revision } = entry;
    if (record.isDeleting) return;
    const marked = deleted(record);
    const key = keyOf(record);
    const isDone = marked ? (await store.put(key, marked, revision)) !== undefined : await store.remove(key, revision);
    if (isDone) return;
  }
  throw fail("OperationAborted", `${kind} ${namespace}/${name} is being changed by others: try again`);
}

export function deleteObject(parts: SchedulerParts): Handlers<typeof scheduler>["Delete"] {
  return async ({ kind, namespace, name }) => {
    await parts.store.refresh();
    const entry: { record: StoredRecord } | undefined = parts.store.view.get(kind, namespace, name);
    if (entry === undefined) throw noSuchObject(kind, namespace, name);
    await removeObject(parts, entry.record);
    return {};
  };
}
