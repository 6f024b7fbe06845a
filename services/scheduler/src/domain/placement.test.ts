import { HostHeartbeat } from "@holdfast/host-protocol";
import { kinds, type WorkloadSpec } from "@holdfast/manifests";
import { describe, expect, test } from "vitest";
import { HostTable } from "./host-table.ts";
import { missingInterfaces } from "./interfaces.ts";
import type { Observed } from "./observed.ts";
import { Placement, type PlacementRules } from "./placement.ts";
import { newHostRecord } from "./lost-lives.ts";
import { keyOf } from "./records.ts";
import { Objects } from "./view.ts";

const now = 1_000_000;
const rules: PlacementRules = {
  silentAfterMs: 35_000,
  goneAfterMs: 60_000,
  maxCpuPercent: 80,
  assumedMemoryMb: 32,
  memoryShare: 0.9,
  allowSharedHosts: true,
};
const gibibyte = 1024 ** 3;

type HostGiven = { id: string; ageMs?: number } & Partial<HostHeartbeat>;

function observe(hosts: readonly HostGiven[]): Observed {
  const seen = hosts.map(({ ageMs = 0, ...given }) => {
    const defaults = { systemMemoryTotal: 8 * gibibyte, systemMemoryFree: 4 * gibibyte };
    return [given.id, { heartbeat: HostHeartbeat.parse({ ...defaults, ...given }), lastSeenMs: now - ageMs }] as const;
  });
  return {
    hosts: new Map(seen),
    reports: new Map(),
    listeningSinceMs: 0,
    troubles: new Map(),
    calling: new Set(),
    asOfMs: now,
  };
}

function placementOn(
  hosts: readonly HostGiven[],
  given: Partial<PlacementRules> = {},
  view = new Objects(),
): Placement {
  const all = { ...rules, ...given };
  return new Placement(new HostTable(view, observe(hosts), all, now), new Map(), all, now);
}

function specOf(spec: object = {}): WorkloadSpec {
  const components = [{ name: "c", image: "r.example/c:1" }];
  return kinds.Workload.parse({
    apiVersion: "runtime.wasmcloud.dev/v1alpha1",
    kind: "Workload",
    metadata: { name: "w" },
    spec: { components, ...spec },
  }).spec;
}

const ask = (placement: Placement, spec: object = {}, more: { avoid?: string; group?: string } = {}) =>
  placement.choose({ spec: specOf(spec), namespace: "default", group: more.group ?? "g", avoid: more.avoid });

describe("placement", () => {
  test.for<[string, HostGiven, object, string]>([
    ["a label", { id: "a", labels: { zone: "x" } }, { hostSelector: { zone: "y" } }, "1 lack the label zone=y"],
    [
      "the environment",
      { id: "a", environment: "lab" },
      { environment: "prod" },
      '1 are not of the environment "prod"',
    ],
    ["the host asked for", { id: "a" }, { hostId: "b" }, "1 are not the host b that is asked for"],
    ["life", { id: "a", ageMs: 40_000 }, {}, "1 are silent"],
    ["readiness", { id: "a", labels: { "holdfast.dev/state": "draining" } }, {}, "1 are being drained"],
    [
      "an interface",
      {
        id: "a",
        imports: [{ namespace: "wasi", package: "http", version: "", interfaces: ["x"], config: {}, name: "" }],
      },
      { hostInterfaces: [{ namespace: "wasi", package: "keyvalue", interfaces: ["store", "batch"] }] },
      "1 do not offer wasi:keyvalue/store, wasi:keyvalue/batch",
    ],
  ])("refuses a host that lacks %s, and says so", ([, host, spec, words]) => {
    expect(ask(placementOn([host]), spec)).toEqual({
      reason: "NoMatchingHost",
      message: `none of 1 host can take it: ${words}`,
    });
  });

  test.for<[string, Partial<HostHeartbeat>, string]>([
    ["whose CPU is at 80 %", { systemCpuUsage: 80 }, "1 use 80 % of their CPU or more"],
    ["without free memory", { systemMemoryFree: 10 * 1024 * 1024 }, "1 have too little memory left for 32 MiB"],
    ["too small for the limit", { systemMemoryTotal: 30 * 1024 * 1024 }, "1 have too little memory left for 32 MiB"],
  ])("gives nothing to a host %s", ([, host, words]) => {
    expect(ask(placementOn([{ id: "a", ...host }]))).toEqual({
      reason: "InsufficientCapacity",
      message: `none of 1 host can take it: ${words}`,
    });
  });

  test("does not look at CPU where the limit is 100 %", () => {
    const busy = [{ id: "a", systemCpuUsage: 100 }];
    expect(ask(placementOn(busy, { maxCpuPercent: 100 }))).toMatchObject({ hostId: "a" });
  });

  test("counts what it gives away against the memory that the heartbeats told of", () => {
    const placement = placementOn([{ id: "a", systemMemoryFree: 100 * 1024 * 1024 }]);
    const spec = { components: [{ name: "c", image: "i", localResources: { memoryLimitMb: 40 } }] };
    const answers = [1, 2, 3].map(() => "hostId" in ask(placement, spec));
    expect(answers).toEqual([true, true, false]);
  });

  test("says that there are no hosts when none was heard of", () => {
    expect(ask(placementOn([]))).toMatchObject({ reason: "NoHosts" });
  });

  test("takes labels that operators gave to a host, and leaves out one they drain", () => {
    const view = new Objects();
    const labelled = newHostRecord("a", "u", now);
    const { manifest } = labelled;
    const metadata = { ...manifest.metadata, labels: { zone: "y" } };
    view.set(keyOf(labelled), { ...labelled, manifest: { ...manifest, metadata } }, 1);
    const drained = newHostRecord("b", "v", now);
    view.set(keyOf(drained), { ...drained, isDraining: true }, 2);
    const hosts = [
      { id: "a", labels: { zone: "x" } },
      { id: "b", labels: { zone: "y" } },
    ];
    const placement = placementOn(hosts, {}, view);
    expect([1, 2].map(() => ask(placement, { hostSelector: { zone: "y" } }))).toEqual([
      { hostId: "a" },
      { hostId: "a" },
    ]);
  });

  test("keeps to the namespace when hosts are not shared, and denies another environment by wasmCloud's name for it", () => {
    const hosts = [
      { id: "a", environment: "other" },
      { id: "b", environment: "default" },
    ];
    const placement = placementOn(hosts, { allowSharedHosts: false });
    expect(ask(placement)).toEqual({ hostId: "b" });
    expect(ask(placement, { environment: "other" })).toMatchObject({ reason: "CrossEnvironmentSchedulingDenied" });
    expect(ask(placementOn(hosts), { environment: "other" })).toEqual({ hostId: "a" });
  });

  test("takes a host with a part of a package when no host has all of it, and one with all of it first", () => {
    const offer = (interfaces: string[]) => ({
      imports: [{ namespace: "wasmcloud", package: "messaging", version: "0.2.0", interfaces, config: {}, name: "" }],
    });
    const wish = {
      hostInterfaces: [{ namespace: "wasmcloud", package: "messaging", interfaces: ["consumer", "producer"] }],
    };
    const some = { id: "some", ...offer(["consumer"]) };
    expect(ask(placementOn([some]), wish)).toEqual({ hostId: "some" });
    expect(ask(placementOn([some, { id: "all", ...offer(["consumer", "producer"]) }]), wish)).toEqual({
      hostId: "all",
    });
    expect(ask(placementOn([{ id: "other", ...offer(["types"]) }]), wish)).toMatchObject({ reason: "NoMatchingHost" });
  });

  test("goes back to where it failed only when there is nothing else", () => {
    expect(ask(placementOn([{ id: "a" }, { id: "b" }]), {}, { avoid: "a" })).toEqual({ hostId: "b" });
    expect(ask(placementOn([{ id: "a" }]), {}, { avoid: "a" })).toEqual({ hostId: "a" });
  });

  test("spreads any number of siblings over any hosts so that no two differ by more than one, and chooses only fit ones", () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below;
    for (let round = 0; round < 200; round++) {
      const hosts = Array.from({ length: 1 + random(12) }, (_, index) => ({
        id: `h${index}`,
        labels: { zone: random(3) === 0 ? "x" : "y" },
        systemCpuUsage: random(10) === 0 ? 95 : 20,
      }));
      const fit = hosts.filter(({ labels, systemCpuUsage }) => labels.zone === "y" && systemCpuUsage < 80);
      const placement = placementOn(hosts);
      const counts = new Map(fit.map(({ id }) => [id, 0]));
      const chosen = Array.from({ length: random(40) }, () => ask(placement, { hostSelector: { zone: "y" } }));
      for (const answer of chosen)
        if ("hostId" in answer) counts.set(answer.hostId, (counts.get(answer.hostId) ?? 0) + 1);
      expect(counts.size).toBe(fit.length);
      const numbers = [...counts.values()];
      expect(fit.length === 0 || Math.max(...numbers) - Math.min(...numbers) <= 1).toBe(true);
      expect(chosen.every((answer) => "hostId" in answer)).toBe(fit.length > 0 || chosen.length === 0);
    }
  });

  test("answers the same question the same way", () => {
    const hosts = Array.from({ length: 9 }, (_, index) => ({ id: `h${index}` }));
    const answers = [1, 2, 3].map(() => ask(placementOn(hosts)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    const groups = ["a", "b", "c", "d"].map((group) => ask(placementOn(hosts), {}, { group }));
    expect(new Set(groups.map((answer) => JSON.stringify(answer))).size).toBeGreaterThan(1);
  });
});

describe("an interface is offered", () => {
  const offer = { namespace: "wasi", package: "http", version: "0.2.6", interfaces: ["types"] };
  test.for<[string, string, string[]]>([
    ["in any compatible version", "0.2.0", []],
    ["in a draft of it", "0.2.0-draft", []],
    ["when no version is asked for", "", []],
    ["but not in another version", "0.3.0", ["wasi:http/types@0.3.0"]],
  ])("%s", ([, version, missing]) => {
    const wish = { namespace: "wasi", package: "http", interfaces: ["types"], ...(version && { version }) };
    expect(missingInterfaces([offer], wish)).toEqual(missing);
  });
});
