/** What one pass of the reconciler reads and what it decides. */
import type { ObjectEvent } from "@holdfast/contracts";
import type { Workload } from "@holdfast/manifests";
import { groupOf, type StoredRecord, type WorkloadRecord } from "./records.ts";
import type { HostTable } from "./host-table.ts";
import { callKey, type HostCall, type Observed } from "./observed.ts";
import type { NoPlace, Placement } from "./placement.ts";
import { missingReference } from "./start-request.ts";
import type { View } from "./view.ts";

export type NewEvent = Pick<ObjectEvent, "type" | "reason" | "message" | "object">;

export class Pass {
  readonly view: View;
  readonly observed: Observed;
  readonly hosts: HostTable;
  readonly now: number;
  readonly calls: HostCall[] = [];
  readonly events: NewEvent[] = [];
  /** Host -> ids that have to end should it come back. */
  readonly orphans = new Map<string, Set<string>>();
  readonly #placement: Placement;
  #placementsLeft: number;

  constructor(parts: {
    view: View;
    observed: Observed;
    hosts: HostTable;
    placement: Placement;
    now: number;
    /** So that a pass stays short whatever there is to place. */
    maxPlacements: number;
  }) {
    this.view = parts.view;
    this.observed = parts.observed;
    this.hosts = parts.hosts;
    this.now = parts.now;
    this.#placement = parts.placement;
    this.#placementsLeft = parts.maxPlacements;
  }

  /** Asks a host, unless that is under way. */
  call(call: HostCall): void {
    if (!this.observed.calling.has(callKey(call))) this.calls.push(call);
  }

  event({ manifest }: StoredRecord, type: NewEvent["type"], reason: string, message: string): void {
    const { kind, metadata } = manifest;
    this.events.push({ type, reason, message, object: { kind, namespace: metadata.namespace, name: metadata.name } });
  }

  orphan(hostId: string, workloadId: string): void {
    const ids = this.orphans.get(hostId) ?? new Set<string>();
    this.orphans.set(hostId, ids.add(workloadId));
  }

  /** A host for a workload, or why there is none; undefined when this pass has placed enough. */
  choose(record: WorkloadRecord, avoid: string | undefined): { hostId: string } | NoPlace | undefined {
    if (this.#placementsLeft === 0) return undefined;
    const { spec, metadata } = record.manifest;
    const chosen = this.#placement.choose({ spec, namespace: metadata.namespace, group: groupOf(record), avoid });
    if ("hostId" in chosen) this.#placementsLeft--;
    return chosen;
  }

  /** A ConfigMap or Secret that a workload names and that is not there, in words. */
  missingConfig(manifest: Workload): string | undefined {
    return missingReference(
      manifest,
      (kind, name) => this.view.get(kind, manifest.metadata.namespace, name) !== undefined,
    );
  }
}
