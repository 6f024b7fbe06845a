/** What silence means: of a host, of all hosts, and of NATS itself. */
import { startNats, type TestNats, waitFor } from "@holdfast/testkit";
import { afterEach, beforeEach, expect, test } from "vitest";
import { deployment, startScheduler, type TestScheduler } from "./harness.ts";
import { HostStandIn } from "./host-stand-in.ts";

let nats: TestNats;
beforeEach(async () => {
  nats = await startNats();
});
afterEach(() => nats.stop());

const statusOf = async ({ api }: TestScheduler, name: string) =>
  (await api.Get({ kind: "WorkloadDeployment", name })).status;
const untilReady = (scheduler: TestScheduler, name: string, replicas: number) =>
  waitFor(async () => (await statusOf(scheduler, name)).replicas?.ready === replicas, {
    timeoutMs: 30_000,
    what: `${replicas} of ${name} ready`,
  });
const workloadsOf = async ({ api }: TestScheduler) => (await api.List({ kind: "Workload" })).objects;
const livesOf = async (scheduler: TestScheduler) =>
  (await workloadsOf(scheduler)).map(({ ref, status }) => `${ref.name} as ${status.workloadId}`);

test("NATS may be away for longer than a host may be silent: nothing moves when it is back", async () => {
  await using a = await HostStandIn.start(nats, "a", { ours: true, beatMs: 1_500 });
  await using b = await HostStandIn.start(nats, "b", { ours: true, beatMs: 1_500 });
  await using scheduler = await startScheduler(nats, undefined, {
    HOLDFAST_SCHEDULER_HOST_SILENT_AFTER: "3s",
    HOLDFAST_SCHEDULER_HOST_GONE_AFTER: "3s",
  });
  await scheduler.api.Apply({ documents: [deployment("app", { replicas: 4 })] });
  await untilReady(scheduler, "app", 4);
  const before = await livesOf(scheduler);
  await nats.kill();
  const downSince = Date.now();
  await waitFor(() => Date.now() - downSince > 5_000, { timeoutMs: 10_000 });
  await nats.restart();
  await waitFor(async () => (await scheduler.api.DescribeScheduler({})).isLeader, { timeoutMs: 30_000 });
  await untilReady(scheduler, "app", 4);
  const backSince = Date.now();
  await waitFor(() => Date.now() - backSince > 3_000, { timeoutMs: 10_000 });
  expect(await livesOf(scheduler)).toEqual(before);
  expect(a.started.length + b.started.length).toBe(4);
});

test("when no host is heard of, workloads stay where they are, and say so; those of hosts that come back go on", async () => {
  await using a = await HostStandIn.start(nats, "a", { ours: true });
  await using b = await HostStandIn.start(nats, "b", { ours: true });
  await using scheduler = await startScheduler(nats);
  await scheduler.api.Apply({ documents: [deployment("app", { replicas: 2 })] });
  await untilReady(scheduler, "app", 2);
  const before = await livesOf(scheduler);
  for (const host of [a, b]) host.mute();
  await untilReady(scheduler, "app", 0);
  const [workload] = await workloadsOf(scheduler);
  expect(workload?.status.phase).toBe("Unknown");
  const conditions = new Map(workload?.status.conditions.map((each) => [each.type, each]));
  expect(conditions.get("Ready")).toMatchObject({ status: "Unknown", reason: "HostSilent" });
  expect(conditions.get("HostSelection")?.message).toMatch(
    /^host [ab] has been silent for too long, and there is no other one to move to: it stays$/,
  );
  for (const host of [a, b]) host.beat();
  await untilReady(scheduler, "app", 2);
  expect(await livesOf(scheduler)).toEqual(before);
  expect(a.started.length + b.started.length).toBe(2);
});

test("a host that was started anew is asked at once what it still runs", async () => {
  await using scheduler = await startScheduler(nats, undefined, { HOLDFAST_SCHEDULER_HOST_GONE_AFTER: "60s" });
  const before = await HostStandIn.start(nats, "a", { ours: true });
  await scheduler.api.Apply({ documents: [deployment("app", { replicas: 2 })] });
  await untilReady(scheduler, "app", 2);
  await before[Symbol.asyncDispose]();
  await using after = await HostStandIn.start(nats, "a", { ours: true });
  // hosts are asked each 15 s in any case
  await waitFor(() => after.running.size === 2, { timeoutMs: 10_000, what: "both started again" });
  expect(after.started).toHaveLength(2);
});
