/** One run: everything comes up, things break for a while, then nothing more breaks and all has to be well again. */
import { kinds } from "@holdfast/manifests";
import { type Faults, type Figures, noFaults, SimulatedCluster } from "./cluster.ts";

export type RunOptions = {
  readonly seed: number;
  readonly hosts: number;
  readonly workloads: number;
  /** Workloads of one deployment. */
  readonly replicas: number;
  /** How long things break. Seconds of virtual time. */
  readonly seconds: number;
  readonly faults: Faults;
};

export type Outcome = Figures & {
  /** From the start until everything ran. Seconds of virtual time. */
  readonly upAfter: number;
  /** From the last fault until everything was as it should be. */
  readonly wellAfter: number;
  readonly passes: number;
  readonly writes: number;
  /** Leaders that were refused because another one had taken over. */
  readonly fenced: number;
  readonly wrong: readonly string[];
};

/** A deployment as somebody would apply it. */
export function deployment(
  cluster: SimulatedCluster,
  name: string,
  replicas: number,
  group: string,
  image = "r.example/a:1",
) {
  const manifest = kinds.WorkloadDeployment.parse({
    apiVersion: "runtime.wasmcloud.dev/v1alpha1",
    kind: "WorkloadDeployment",
    metadata: { name },
    spec: { replicas, template: { spec: { hostSelector: { hostgroup: group }, components: [{ name: "c", image }] } } },
  });
  return { ...cluster.base(), manifest, pins: {} };
}

async function untilWell(cluster: SimulatedCluster, expected: number, limitSeconds: number): Promise<number> {
  for (let second = 0; second < limitSeconds; second += 5) {
    await cluster.pass(5);
    const view = await cluster.view();
    if (view.size("Workload") === expected && (await cluster.wrong()).length === 0) return second + 5;
  }
  return limitSeconds;
}

export async function simulate({ seed, hosts, workloads, replicas, seconds, faults }: RunOptions): Promise<Outcome> {
  const cluster = new SimulatedCluster(seed, hosts);
  // Apply comes to a cluster whose hosts have been heard of
  await cluster.clock.advance(16_000);
  for (let index = 0; index < workloads / replicas; index++) {
    cluster.apply(deployment(cluster, `d${index}`, replicas, `g${index % 4}`));
  }
  const upAfter = await untilWell(cluster, workloads, 600);
  cluster.figures.longestUnwantedMs = 0;
  cluster.figures.longestWithoutLifeMs = 0;
  cluster.faults = faults;
  await cluster.pass(seconds);
  cluster.faults = noFaults;
  const wellAfter = await untilWell(cluster, workloads, 900);
  return {
    ...cluster.figures,
    upAfter,
    wellAfter,
    passes: cluster.schedulers.reduce((sum, { passes }) => sum + passes, 0),
    writes: cluster.log.last,
    fenced: cluster.schedulers.reduce((sum, { fenced }) => sum + fenced, 0),
    wrong: (await cluster.wrong()).slice(0, 10),
  };
}
