import type { scheduler } from "@holdfast/contracts";
import type { Kind } from "@holdfast/manifests";
import type { Handlers } from "@holdfast/micro/contract";
import { noSuchObject } from "../change-object.ts";
import { keptObject } from "../domain/kept-object.ts";
import { ownerKey, type StoredRecord } from "../domain/records.ts";
import type { Entry, View } from "../domain/view.ts";
import type { SchedulerParts } from "../parts.ts";
import { answerBytes, firstObjects } from "./page.ts";
import { selectorOf } from "./selector.ts";

type Api = Handlers<typeof scheduler>;

/** Events that Describe gives. */
const describedEvents = 100;

export function getObject({ store }: SchedulerParts): Api["Get"] {
  return async (ref) => {
    await store.refresh();
    return keptObject(find(store.view, ref));
  };
}

function find(view: View, { kind, namespace, name }: { kind: Kind; namespace: string; name: string }): Entry {
  const entry = view.get(kind, namespace, name);
  if (entry === undefined) throw noSuchObject(kind, namespace, name);
  return entry;
}

export function listObjects({ store, now }: SchedulerParts): Api["List"] {
  return async ({ kind, namespace, labelSelector, limit, after = "", since, waitMs }, { signal }) => {
    const fits = selectorOf(labelSelector);
    await store.refresh();
    if (since !== undefined) await untilChanged({ store, now }, { since, waitMs, signal });
    const found = select(
      store.view.all<Kind>(kind),
      ({ metadata }) => (namespace === undefined || metadata.namespace === namespace) && fits(metadata.labels),
    );
    const rest = found.filter(({ key }) => key > after);
    const objects = firstObjects(rest, limit, answerBytes(store));
    const next = rest.length > objects.length ? rest[objects.length - 1]?.key : undefined;
    return { objects, revision: store.revision, ...(next && { next }) };
  };
}

type Wait = { readonly since: number; readonly waitMs: number; readonly signal: AbortSignal };

/** The view is newer than a revision, or the time is over. */
async function untilChanged(
  { store, now }: Pick<SchedulerParts, "store" | "now">,
  { since, waitMs, signal }: Wait,
): Promise<void> {
  const until = now() + waitMs;
  for (let revision = store.revision; revision <= since && now() < until && !signal.aborted;) {
    await store.changed(since, until - now(), signal);
    revision = await store.refresh();
  }
}

/** In the order of namespaces and names. */
function select(entries: Iterable<Entry>, fits: (manifest: StoredRecord["manifest"]) => boolean): Entry[] {
  return [...entries].filter(({ record }) => fits(record.manifest)).sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** What an object owns, replica sets by rollout, newest first. */
export function childrenOf(view: View, { key, record }: Entry): Entry[] {
  const kind = record.manifest.kind === "WorkloadDeployment" ? "WorkloadReplicaSet" : "Workload";
  const entries: Iterable<Entry> = view.all<Kind>(kind);
  return [...entries]
    .filter((each) => ownerKey(each.record) === key && each.record.owner?.uid === record.uid)
    .sort((a, b) => (b.record.status.rollout ?? 0) - (a.record.status.rollout ?? 0) || (a.key < b.key ? -1 : 1));
}

/** At most so many children: their number is in the status. */
const maxChildren = 200;

export function describeObject({ store, events }: SchedulerParts): Api["Describe"] {
  return async (ref) => {
    await store.refresh();
    const entry = find(store.view, ref);
    const children = firstObjects(childrenOf(store.view, entry), maxChildren, answerBytes(store) / 2);
    return { object: keptObject(entry), children, events: await events.list(0, ref, describedEvents) };
  };
}
