/** What an operator's graphs show. */
import { metrics } from "@holdfast/runtime";
import { startNats, waitFor } from "@holdfast/testkit";
import { expect, test } from "vitest";
import { deployment, startScheduler } from "./harness.ts";
import { HostStandIn } from "./host-stand-in.ts";

test("metrics say who leads, what runs and what does not, and which hosts there are", async () => {
  await using nats = await startNats();
  await using _host = await HostStandIn.start(nats, "a", { ours: true });
  await using scheduler = await startScheduler(nats);
  await scheduler.api.Apply({
    documents: [deployment("app"), deployment("nowhere", { replicas: 2 }, { hostSelector: { zone: "moon" } })],
  });
  const lines = [
    "holdfast_scheduler_leading 1",
    'holdfast_scheduler_workloads{phase="Running"} 3',
    'holdfast_scheduler_workloads{phase="Pending"} 2',
    'holdfast_scheduler_deployments{phase="Running"} 1',
    'holdfast_scheduler_deployments{phase="Progressing"} 1',
    'holdfast_scheduler_hosts{state="Ready"} 1',
  ];
  const shown = async () => (await metrics.text()).split("\n");
  const missing = async () => {
    const text = await shown();
    return lines.filter((line) => !text.includes(line));
  };
  await waitFor(async () => (await missing()).length === 0, { timeoutMs: 20_000 }).catch(() => undefined);
  expect(await missing()).toEqual([]);
  expect(await metrics.text()).toMatch(/^holdfast_scheduler_pass_seconds_count [1-9]/m);
});
