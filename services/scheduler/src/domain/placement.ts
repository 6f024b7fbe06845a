/**
 * Chooses a host for one workload. A host is fit when it is ready and has the labels, the environment and the interfaces asked for;
 * among the fit ones with room the one with the fewest siblings wins (spread), then the one with the fewest workloads, then
 * one that follows from the names alone, so that the same question has the same answer.
 */
import type { WorkloadSpec } from "@holdfast/manifests";
import { fraction } from "./back-off.ts";
import { type HostLimits, type HostTable, memoryOf, type PlacementHost, shortage } from "./host-table.ts";
import { missingInterfaces } from "./interfaces.ts";

/** Why there is no place: a word for programs, a sentence for people. */
export type NoPlace = { readonly reason: string; readonly message: string };

export type PlacementRules = HostLimits & {
  /** False: a workload runs only on hosts whose environment is its namespace. */
  readonly allowSharedHosts: boolean;
};

export type Question = {
  readonly spec: WorkloadSpec;
  readonly namespace: string;
  /** Whose siblings are spread: the uid of the owner, or its own. */
  readonly group: string;
  /** Where it failed last: taken only when nothing else is left. */
  readonly avoid: string | undefined;
};

/** Decides within one pass; remembers what it gave away. */
export class Placement {
  readonly #hosts: HostTable;
  readonly #rules: PlacementRules;
  readonly #now: number;
  /** Group -> host -> workloads of that group there. */
  readonly #siblings: Map<string, Map<string, number>>;
  readonly #fit = new WeakMap<WorkloadSpec, { namespace: string; fit: PlacementHost[]; lacks: Map<string, number> }>();

  constructor(hosts: HostTable, siblings: Map<string, Map<string, number>>, rules: PlacementRules, now: number) {
    this.#hosts = hosts;
    this.#siblings = siblings;
    this.#rules = rules;
    this.#now = now;
  }

  /** The host that gets it, from now on with that much less room; else why there is none. */
  choose(question: Question): { hostId: string } | NoPlace {
    const { spec, namespace, group, avoid } = question;
    const denied = this.#denied(spec, namespace);
    if (denied !== undefined) return denied;
    const { fit, lacks } = this.#fitting(spec, namespace);
    const memoryMb = memoryOf(spec, this.#rules.assumedMemoryMb);
    const full = new Map<string, number>();
    const roomy: PlacementHost[] = [];
    for (const host of fit) {
      const lack = shortage(host, memoryMb, this.#rules);
      if (lack === undefined) roomy.push(host);
      else
        count(
          full,
          lack === "CPU"
            ? `use ${this.#rules.maxCpuPercent} % of their CPU or more`
            : `have too little memory left for ${memoryMb} MiB`,
        );
    }
    const best = this.#best(roomy, group, avoid);
    if (best === undefined) return noPlace(this.#hosts.all().length, fit.length, new Map([...lacks, ...full]));
    this.#hosts.add(best.id, memoryMb, this.#now);
    this.#join(group, best.id);
    return { hostId: best.id };
  }

  #denied({ environment }: WorkloadSpec, namespace: string): NoPlace | undefined {
    if (this.#rules.allowSharedHosts || environment === undefined || environment === namespace) return undefined;
    return {
      reason: "CrossEnvironmentSchedulingDenied",
      message: `environment "${environment}" is not the namespace "${namespace}", and hosts are not shared (HOLDFAST_SCHEDULER_ALLOW_SHARED_HOSTS=false)`,
    };
  }

  /** The same for all workloads of one template: found once a pass. */
  #fitting(spec: WorkloadSpec, namespace: string) {
    const known = this.#fit.get(spec);
    if (known?.namespace === namespace) return known;
    const fit: PlacementHost[] = [];
    const lacks = new Map<string, number>();
    for (const host of this.#hosts.all()) {
      const lack = lackOf(host, spec, this.#rules.allowSharedHosts ? spec.environment : namespace);
      if (lack === undefined) fit.push(host);
      else count(lacks, lack);
    }
    const environment = this.#rules.allowSharedHosts ? spec.environment : namespace;
    const found = { namespace, fit: fit.length > 0 ? fit : offeringSome(this.#hosts.all(), spec, environment), lacks };
    this.#fit.set(spec, found);
    return found;
  }

  #best(hosts: readonly PlacementHost[], group: string, avoid: string | undefined): PlacementHost | undefined {
    const siblings = this.#siblings.get(group);
    let best: PlacementHost | undefined;
    let bestRank = [Number.POSITIVE_INFINITY, 0, 0];
    for (const host of hosts) {
      const rank = [(host.id === avoid ? 1e6 : 0) + (siblings?.get(host.id) ?? 0), host.workloads];
      const order = compare(rank, bestRank);
      if (order > 0) continue;
      const tie = fraction(`${group}/${host.id}`);
      if (order === 0 && tie >= (bestRank[2] ?? 0)) continue;
      best = host;
      bestRank = [...rank, tie];
    }
    return best;
  }

  #join(group: string, hostId: string): void {
    const siblings = this.#siblings.get(group) ?? new Map<string, number>();
    count(siblings, hostId);
    this.#siblings.set(group, siblings);
  }
}

function count(counts: Map<string, number>, what: string): void {
  counts.set(what, (counts.get(what) ?? 0) + 1);
}

/** By the first two figures. */
function compare(a: readonly number[], b: readonly number[]): number {
  return (a[0] ?? 0) - (b[0] ?? 0) || (a[1] ?? 0) - (b[1] ?? 0);
}

/** What keeps a workload off a host whatever its room, as the end of "2 hosts ...". */
function lackOf(host: PlacementHost, spec: WorkloadSpec, environment: string | undefined): string | undefined {
  if (spec.hostId !== undefined && spec.hostId !== host.id) return `are not the host ${spec.hostId} that is asked for`;
  if (host.condition === "Draining") return "are being drained";
  if (host.condition !== "Ready") return "are silent";
  for (const [label, value] of Object.entries(spec.hostSelector ?? {})) {
    if (host.labels[label] !== value) return `lack the label ${label}=${value}`;
  }
  const { environment: own = "", imports = [], exports = [] } = host.seen?.heartbeat ?? {};
  if (environment !== undefined && own !== environment) return `are not of the environment "${environment}"`;
  // a host that says nothing of its interfaces is asked to start: it refuses in words
  if (imports.length + exports.length === 0) return undefined;
  const missing = spec.hostInterfaces.flatMap((wish) => missingInterfaces([...imports, ...exports], wish));
  return missing.length > 0 ? `do not offer ${missing.join(", ")}` : undefined;
}

/**
 * Where no host has every interface: those that have a part of each package. Manifests name interfaces that exist nowhere (wasmCloud's own
 * examples ask for `wasmcloud:messaging/producer`), and whether a component really imports them the host finds out at the start.
 */
function offeringSome(
  hosts: readonly PlacementHost[],
  spec: WorkloadSpec,
  environment: string | undefined,
): PlacementHost[] {
  const { hostInterfaces, ...rest } = spec;
  return hosts.filter((host) => {
    if (lackOf(host, { ...rest, hostInterfaces: [] }, environment) !== undefined) return false;
    const { imports = [], exports = [] } = host.seen?.heartbeat ?? {};
    const offers = [...imports, ...exports];
    return hostInterfaces.every((wish) => missingInterfaces(offers, wish).length < wish.interfaces.length);
  });
}

function noPlace(hosts: number, fit: number, lacks: ReadonlyMap<string, number>): NoPlace {
  if (hosts === 0) return { reason: "NoHosts", message: "no host has been heard of: start a host-agent" };
  const parts = [...lacks].sort(([, a], [, b]) => b - a).map(([lack, number]) => `${number} ${lack}`);
  const message = `none of ${hosts} host${hosts === 1 ? "" : "s"} can take it: ${parts.join("; ")}`;
  return { reason: fit === 0 ? "NoMatchingHost" : "InsufficientCapacity", message };
}
