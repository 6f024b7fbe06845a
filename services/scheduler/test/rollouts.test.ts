/** Roll-outs in virtual time, looked at every tenth of a second. */
import { describe, expect, test } from "vitest";
import type { DeploymentRecord } from "../src/domain/records.ts";
import { SimulatedCluster } from "./simulation/cluster.ts";
import { deployment } from "./simulation/run.ts";

/** The deployment with another image, as Apply would keep it. */
function changed(record: DeploymentRecord, image: string): DeploymentRecord {
  const { manifest } = record;
  const { template } = manifest.spec;
  const components = template.spec.components.map((component) => ({ ...component, image }));
  const spec = { ...manifest.spec, template: { ...template, spec: { ...template.spec, components } } };
  return { ...record, manifest: { ...manifest, spec }, generation: record.generation + 1 };
}

/** Images of what runs on the hosts at this moment. */
async function running(cluster: SimulatedCluster): Promise<string[]> {
  const images = new Map<string, string>();
  for (const { record } of (await cluster.view()).all("Workload")) {
    const { placement, leaving } = record.run;
    const image = record.manifest.spec.components[0]?.image ?? "";
    for (const { workloadId } of placement ? [placement, ...leaving] : leaving) images.set(workloadId, image);
  }
  return [...cluster.hosts.values()].flatMap(({ workloads }) =>
    [...workloads.keys()].map((id) => images.get(id) ?? "unknown"),
  );
}

/** What ran at each look while the new image was rolled out. */
async function rollOut(change: (record: DeploymentRecord) => DeploymentRecord): Promise<string[][]> {
  const cluster = new SimulatedCluster(3, 4);
  await cluster.clock.advance(16_000);
  const first = change(deployment(cluster, "app", 2, "g0", "old"));
  cluster.apply(first);
  await cluster.pass(10);
  expect(await running(cluster)).toEqual(["old", "old"]);
  const kept = (await cluster.view()).get("WorkloadDeployment", "default", "app");
  cluster.apply(changed(kept?.record ?? first, "new"));
  const looks: string[][] = [];
  for (let look = 0; look < 600; look++) {
    await cluster.clock.advance(100);
    looks.push(await running(cluster));
  }
  expect(looks.at(-1)).toEqual(["new", "new"]);
  return looks;
}

const fewest = (looks: readonly string[][]) => Math.min(...looks.map((look) => look.length));
const most = (looks: readonly string[][]) => Math.max(...looks.map((look) => look.length));

/** Two of these fill the only host of their group. */
function large(record: DeploymentRecord): DeploymentRecord {
  const { manifest } = record;
  const { template } = manifest.spec;
  const components = template.spec.components.map((each) => ({ ...each, localResources: { memoryLimitMb: 20_000 } }));
  const spec = { ...manifest.spec, template: { ...template, spec: { ...template.spec, components } } };
  return { ...record, manifest: { ...manifest, spec } };
}

describe("RollingUpdate", () => {
  test("starts a new one before an old one ends, where there is room", async () => {
    const looks = await rollOut((record) => record);
    expect(fewest(looks)).toBe(2);
    expect(most(looks)).toBe(3);
  });

  test("goes to one less than the replicas asked for where there is no room, and never below", async () => {
    const looks = await rollOut(large);
    expect(fewest(looks)).toBe(1);
    expect(most(looks)).toBe(2);
  });
});

describe("Recreate", () => {
  test("ends all old ones before the first new one starts", async () => {
    const looks = await rollOut((record) => {
      const { manifest } = record;
      return { ...record, manifest: { ...manifest, spec: { ...manifest.spec, deployPolicy: "Recreate" } } };
    });
    expect(fewest(looks)).toBe(0);
    expect(looks.filter((look) => new Set(look).size > 1)).toEqual([]);
  });
});
