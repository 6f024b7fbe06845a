import { createSealer } from "@holdfast/runtime";
import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { MemoryLog, MemoryObjectStore } from "./adapters/memory-object-store.ts";
import { startLeader } from "./leader.ts";
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

test("an instance that does not lead does not look at each change of the store", async () => {
  const store = new BusyStore(new MemoryLog());
  const warnings: string[] = [];
  const leader = startLeader({
    store,
    lease: { token: undefined, tick: nobody, current: nobody, release: () => Promise.resolve() },
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
    instance: "follower",
    now: Date.now,
    newUid: () => "hf",
    log: { info() {}, debug() {}, warn: (_fields, message) => void warnings.push(message) },
  });
  await delay(1_200);
  await leader.stop();
  expect(store.asked).toBe(0);
  // it failed each half second, and is told once
  expect(warnings).toEqual(["the lease cannot be renewed or taken: NATS is away, or its stream has no leader"]);
});
