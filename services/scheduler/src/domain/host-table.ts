/** Hosts as placement sees them: what they are, whether they live, and what was put on them. */
import { type HostState, hostStateLabel } from "@holdfast/host-protocol";
import type { WorkloadSpec } from "@holdfast/manifests";
import type { Observed, SeenHost } from "./observed.ts";
import type { HostRecord, WorkloadRecord } from "./records.ts";
import type { View } from "./view.ts";

/** `Silent` gets nothing new; from `Gone` and `Stopped` workloads move at once; from `Draining` as soon as there is a place. */
export type HostCondition = "Ready" | "Draining" | "Stopped" | "Silent" | "Gone";

export type HostLimits = {
  /** A host silent for so long gets nothing new. Milliseconds. */
  readonly silentAfterMs: number;
  /** A host silent for so long is gone. Milliseconds. */
  readonly goneAfterMs: number;
  /** Percent of CPU from which a host gets nothing new; 100: never for that. */
  readonly maxCpuPercent: number;
  /** What a component or service without a memory limit counts for. MiB. */
  readonly assumedMemoryMb: number;
  /** Share of a host's memory that limits may add up to. */
  readonly memoryShare: number;
};

export type PlacementHost = {
  readonly id: string;
  readonly condition: HostCondition;
  readonly seen: SeenHost | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** What was placed here, leaving ones included. */
  workloads: number;
  memoryMb: number;
  /** Of what was placed after the last heartbeat: its figures do not know of it yet. */
  unseenMemoryMb: number;
};

/** What was heard of hosts. */
type Heard = Pick<Observed, "hosts" | "listeningSinceMs">;

const mebibyte = 1024 * 1024;

/** What a workload may use: the limits of its parts. MiB. */
export function memoryOf(spec: WorkloadSpec, assumedMemoryMb: number): number {
  const parts = [...spec.components, ...(spec.service ? [spec.service] : [])];
  return parts.reduce((sum, { localResources }) => sum + (localResources?.memoryLimitMb || assumedMemoryMb), 0);
}

function conditionOf(
  seen: SeenHost | undefined,
  settings: HostRecord | undefined,
  observed: Heard,
  limits: HostLimits,
  now: number,
): HostCondition {
  const silentMs = now - Math.max(seen?.lastSeenMs ?? 0, observed.listeningSinceMs);
  if (silentMs >= limits.goneAfterMs) return "Gone";
  const state = seen?.heartbeat.labels[hostStateLabel] as HostState | undefined;
  if (state === "stopped") return "Stopped";
  if (seen === undefined || silentMs >= limits.silentAfterMs) return "Silent";
  return state === "draining" || settings?.isDraining === true ? "Draining" : "Ready";
}

/** All hosts of one pass, with what each carries. Placement keeps the figures up to date as it decides. */
export class HostTable {
  readonly #hosts = new Map<string, PlacementHost>();
  readonly #settings = new Map<string, HostRecord>();
  readonly #make: (id: string) => PlacementHost;
  readonly #limits: HostLimits;
  #hasReady: boolean | undefined;

  constructor(view: View, observed: Heard, limits: HostLimits, now: number) {
    this.#limits = limits;
    for (const { record } of view.all("Host")) this.#settings.set(record.manifest.hostId, record);
    this.#make = (id) => {
      const seen = observed.hosts.get(id);
      const settings = this.#settings.get(id);
      const condition = conditionOf(seen, settings, observed, limits, now);
      const labels = { ...seen?.heartbeat.labels, ...settings?.manifest.metadata.labels };
      return { id, condition, seen, labels, workloads: 0, memoryMb: 0, unseenMemoryMb: 0 };
    };
    for (const id of observed.hosts.keys()) this.get(id);
    for (const { record } of view.all("Workload")) this.#count(record);
  }

  /** Also of a host that only a placement names. */
  get(id: string): PlacementHost {
    let host = this.#hosts.get(id);
    if (host === undefined) this.#hosts.set(id, (host = this.#make(id)));
    return host;
  }

  /** Whether there is any host that something could be placed on. */
  get hasReady(): boolean {
    return (this.#hasReady ??= this.all().some(({ condition }) => condition === "Ready"));
  }

  settings(id: string): HostRecord | undefined {
    return this.#settings.get(id);
  }

  all(): PlacementHost[] {
    return [...this.#hosts.values()];
  }

  add(hostId: string, memoryMb: number, sinceMs: number): void {
    const host = this.get(hostId);
    host.workloads++;
    host.memoryMb += memoryMb;
    if (host.seen !== undefined && sinceMs >= host.seen.lastSeenMs) host.unseenMemoryMb += memoryMb;
  }

  #count({ run, manifest }: WorkloadRecord): void {
    if (!run.placement && run.leaving.length === 0) return;
    const memoryMb = memoryOf(manifest.spec, this.#limits.assumedMemoryMb);
    for (const { hostId, sinceMs } of run.placement ? [run.placement, ...run.leaving] : run.leaving) {
      this.add(hostId, memoryMb, sinceMs);
    }
  }
}

/** Whether a host has room for so much more; else what it lacks. */
export function shortage(host: PlacementHost, memoryMb: number, limits: HostLimits): "CPU" | "memory" | undefined {
  if (host.seen === undefined) return "memory";
  const { systemCpuUsage, systemMemoryTotal, systemMemoryFree } = host.seen.heartbeat;
  if (limits.maxCpuPercent < 100 && systemCpuUsage >= limits.maxCpuPercent) return "CPU";
  if (systemMemoryTotal === 0) return undefined;
  const promised = host.memoryMb + memoryMb > (systemMemoryTotal / mebibyte) * limits.memoryShare;
  const used = host.unseenMemoryMb + memoryMb > systemMemoryFree / mebibyte;
  return promised || used ? "memory" : undefined;
}
