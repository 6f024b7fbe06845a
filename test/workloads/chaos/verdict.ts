/** Whether all is as it should be: what the scheduler keeps, what hosts say that they run, and nothing else anywhere. */
import { hostAgent, type WorkloadReport } from "@holdfast/contracts";
import { client } from "@holdfast/micro";
import { replicas, type World } from "./world.ts";

type Life = WorkloadReport & { readonly hostId: string };

/** What is wrong at this moment, in words; nothing once it has converged. */
export async function wrong(world: World): Promise<string[]> {
  const problems: string[] = [];
  const { objects } = await world.api.List({ kind: "WorkloadDeployment" });
  for (const { ref, status, generation } of objects) {
    const { expected = -1, current, ready, updated } = status.replicas ?? {};
    const isDone = status.observedGeneration === generation && [current, ready, updated].every((n) => n === expected);
    const why = status.conditions.map(({ type, message }) => `${type}: ${message}`).join("; ");
    if (!isDone) problems.push(`${ref.name}: ${ready} of ${expected} ready, ${updated} new, ${current} in all; ${why}`);
  }
  const placed = await placements(world, problems);
  const running = new Map<string, string>();
  for (const { workloadId, hostId, state, message } of await lives(world)) {
    if (state !== "WORKLOAD_STATE_RUNNING") problems.push(`${workloadId} on ${hostId} is ${state}: ${message}`);
    running.set(workloadId, hostId);
  }
  for (const [life, host] of placed) if (running.get(life) !== host) problems.push(`${life} does not run on ${host}`);
  for (const [life, host] of running) if (!placed.has(life)) problems.push(`${host} runs ${life}, which nobody wants`);
  return problems;
}

/** Life -> host, as the scheduler keeps it. */
async function placements({ api }: World, problems: string[]): Promise<Map<string, string>> {
  const { objects } = await api.List({ kind: "Workload" });
  const wanted = Object.values(replicas).reduce((sum, count) => sum + count, 0);
  if (objects.length !== wanted) problems.push(`${objects.length} workloads are kept, ${wanted} are wanted`);
  const placed = new Map<string, string>();
  for (const { ref, status } of objects) {
    if (status.phase !== "Running") problems.push(`${ref.name} is ${status.phase}`);
    placed.set(status.workloadId ?? ref.name, status.hostId ?? "no host");
  }
  return placed;
}

/** All lives, as the hosts themselves say. */
export async function lives({ nc, hosts }: Pick<World, "nc" | "hosts">): Promise<Life[]> {
  const lists = await Promise.all(
    hosts.map(async ({ id }) => {
      const { workloads } = await client(nc, hostAgent, { instance: id }).ListWorkloads({});
      return workloads.map((workload) => ({ ...workload, hostId: id }));
    }),
  );
  return lists.flat();
}
