import { createSealer } from "@holdfast/runtime";
import { setTimeout as delay } from "node:timers/promises";
import { kinds } from "@holdfast/manifests";
import { expect, test } from "vitest";
import { MemoryLog, MemoryObjectStore } from "./adapters/memory-object-store.ts";
import { newBase, noArtifact } from "./domain/records.ts";
import { type LeaderParts, startLeader } from "./leader.ts";
import { Reports } from "./reports.ts";
import { SeenHosts } from "./seen-hosts.ts";

/** A store that always has news. */
class BusyStore extends MemoryObjectStore {
  asked = 0;

  override async changed(): Promise<void> {
    this.asked++;
  }
}

const nobody = () => Promise.reject(new Error("there are no hosts"));

function partsOf(store: MemoryObjectStore, token: number | undefined): LeaderParts & { readonly warnings: string[] } {
  const warnings: string[] = [];
  return {
    warnings,
    store,
    lease: { token, tick: nobody, current: nobody, release: () => Promise.resolve() },
    events: { append: () => Promise.resolve(), list: nobody, wait: nobody },
    hosts: { start: nobody, stop: nobody, survey: nobody },
    seen: new SeenHosts(0),
    reports: new Reports(Date.now),
    sealer: createSealer(new Uint8Array(32), "test"),
    resolveImage: nobody,
    rules: {
      goneAfterMs: 1,
      silentAfterMs: 1,
      maxCpuPercent: 100,
      assumedMemoryMb: 1,
      memoryShare: 1,
      allowSharedHosts: true,
      maxPlacements: 1,
    },
    artifactEveryMs: 1_000,
    instance: "a",
    now: Date.now,
    newUid: () => "hf",
    log: { info() {}, debug() {}, warn: (_fields, message) => void warnings.push(message) },
  };
}

test("an instance that does not lead does not look at each change of the store", async () => {
  const store = new BusyStore(new MemoryLog());
  const parts = partsOf(store, undefined);
  const leader = startLeader(parts);
  await delay(1_200);
  await leader.stop();
  expect(store.asked).toBe(0);
  // it failed each half second, and is told once
  expect(parts.warnings).toEqual(["the lease cannot be renewed or taken: NATS is away, or its stream has no leader"]);
});

test("one that was deposed without noticing writes nothing, not even what it learnt of an artifact", async () => {
  const log = new MemoryLog();
  const manifest = kinds.Artifact.parse({
    apiVersion: "runtime.wasmcloud.dev/v1alpha1",
    kind: "Artifact",
    metadata: { name: "web" },
    spec: { image: "r.example/c:1" },
  });
  const key = "Artifact.default.web";
  log.append({ key, record: { ...newBase("u", 1), manifest, ...noArtifact } });
  const found = Promise.withResolvers<{ image: string; digest: string }>();
  const asked = Promise.withResolvers<void>();
  const leader = startLeader({
    ...partsOf(new MemoryObjectStore(log), 1),
    resolveImage: () => {
      asked.resolve();
      return found.promise;
    },
  });
  await asked.promise;
  await new MemoryObjectStore(log).raiseFence({ token: 2, instance: "b" });
  const last = log.last;
  found.resolve({ image: "r.example/c@sha256:1", digest: "sha256:1" });
  await delay(500);
  await leader.stop();
  expect(log.last).toBe(last);
});
