import { HostHeartbeat } from "@holdfast/host-protocol";
import { expect, test } from "vitest";
import { SeenHosts } from "./seen-hosts.ts";

const beat = (id: string, startedAt = "") => HostHeartbeat.parse({ id, startedAt });

test("hosts are as silent as they were heard, as long as somebody listens", () => {
  const seen = new SeenHosts(0);
  seen.take(beat("a"), 1_000);
  for (let now = 1_000; now <= 90_000; now += 2_000) seen.listens(now);
  expect(seen.listeningSinceMs).toBe(0);
});

test("the time in which nobody could listen is no silence of hosts: an outage of NATS, a process that was paused", () => {
  const seen = new SeenHosts(0);
  seen.listens(1_000);
  seen.take(beat("a"), 2_000);
  seen.listens(90_000);
  expect(seen.listeningSinceMs).toBe(90_000);
  seen.listens(91_000);
  expect(seen.listeningSinceMs).toBe(90_000);
});

test("a heartbeat is news when the host is new or was started anew", () => {
  const seen = new SeenHosts(0);
  expect(seen.take(beat("a", "2026-11-21T00:00:00Z"), 1)).toBe(true);
  expect(seen.take(beat("a", "2026-11-21T00:00:00Z"), 2)).toBe(false);
  expect(seen.take(beat("a", "2026-11-21T00:00:09Z"), 3)).toBe(true);
});
