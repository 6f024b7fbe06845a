/** Lives that nobody wants any more on hosts that were lost for a while, and those that nothing kept knows of. */
import type { Write } from "../object-store.ts";
import type { Pass } from "./pass.ts";
import { type HostRecord, isOwnWorkloadId, keyOf, newBase } from "./records.ts";
import type { View } from "./view.ts";

/** What a lost host had is remembered for so long. Milliseconds. */
const orphanMemoryMs = 7 * 24 * 3_600_000;

/** Notes what lost hosts had, and ends it on those that came back. */
export function settleHosts(view: View, pass: Pass, newUid: () => string): Write[] {
  const writes: Write[] = [];
  const settled = new Set<string>();
  for (const { key, record } of view.all("Host")) {
    const { hostId } = record.manifest;
    settled.add(hostId);
    const kept = endOrphans(record, pass);
    const known = new Set(kept.map(({ workloadId }) => workloadId));
    const added = [...(pass.orphans.get(hostId) ?? [])].filter((id) => !known.has(id));
    if (added.length === 0 && kept.length === record.orphans.length) continue;
    const orphans = [...kept, ...added.map((workloadId) => ({ workloadId, sinceMs: pass.now }))];
    writes.push({ key, record: { ...record, orphans } });
  }
  for (const [hostId, ids] of pass.orphans) {
    if (settled.has(hostId)) continue;
    const orphans = [...ids].map((workloadId) => ({ workloadId, sinceMs: pass.now }));
    const record = { ...newHostRecord(hostId, newUid(), pass.now), orphans };
    writes.push({ key: keyOf(record), record });
  }
  return writes;
}

function endOrphans({ manifest: { hostId }, orphans }: HostRecord, pass: Pass): HostRecord["orphans"] {
  if (orphans.length === 0) return orphans;
  const { condition } = pass.hosts.get(hostId);
  if (condition === "Stopped") return [];
  const isBack = condition !== "Gone";
  return orphans.filter(({ workloadId, sinceMs }) => {
    if (!isBack) return pass.now - sinceMs < orphanMemoryMs;
    const report = pass.observed.reports.get(workloadId);
    const hasEnded = report?.state === "WORKLOAD_STATE_NOT_FOUND" || report?.state === "WORKLOAD_STATE_STOPPING";
    // what was said of it before the host was lost does not count
    if (hasEnded && report.atMs > sinceMs) return false;
    pass.call({ operation: "stop", hostId, workloadId, key: "" });
    return true;
  });
}

/** Settings of a host that has none yet. */
export function newHostRecord(hostId: string, uid: string, now: number): HostRecord {
  return {
    ...newBase(uid, now),
    manifest: {
      apiVersion: "runtime.wasmcloud.dev/v1alpha1",
      kind: "Host",
      metadata: { name: hostId, namespace: "default", labels: {}, annotations: {} },
      hostId,
    },
    isDraining: false,
    orphans: [],
  };
}

/** Ids of all lives that something kept knows of. */
export function knownLives(view: View): Set<string> {
  const known = new Set<string>();
  for (const { record } of view.all("Workload")) {
    const { placement, leaving } = record.run;
    if (placement) known.add(placement.workloadId);
    for (const { workloadId } of leaving) known.add(workloadId);
  }
  return known;
}

/** Lives that carry our ids and that nothing kept knows of: somebody's start that came too late. */
export function stopStrays(view: View, pass: Pass): void {
  const known = knownLives(view);
  for (const [workloadId, { hostId, state, atMs }] of pass.observed.reports) {
    const isThere = state !== "WORKLOAD_STATE_NOT_FOUND" && state !== "WORKLOAD_STATE_STOPPING";
    // said after the view was read: it may be of a life that the view does not know yet
    if (atMs > pass.observed.asOfMs) continue;
    if (!isThere || known.has(workloadId) || !isOwnWorkloadId(workloadId)) continue;
    if (pass.hosts.get(hostId).condition !== "Gone") pass.call({ operation: "stop", hostId, workloadId, key: "" });
  }
}
