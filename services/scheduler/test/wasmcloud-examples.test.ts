/** Manifests written for wasmCloud v2 apply unchanged: each example of its documentation, one by one, through a real scheduler. */
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { checkDocument, type Manifest, readDocuments } from "@holdfast/manifests";
import { startNats, type TestNats, waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startScheduler, type TestScheduler } from "./harness.ts";
import { HostStandIn } from "./host-stand-in.ts";

const folder = new URL("wasmcloud-examples/", import.meta.url);
const files = readdirSync(folder).filter((file) => file.endsWith(".yaml"));
const examples = files.filter((file) => !file.startsWith("not-ours-"));

let nats: TestNats;
let scheduler: TestScheduler;
let host: HostStandIn;
beforeAll(async () => {
  nats = await startNats();
  host = await HostStandIn.start(nats, "a", { ours: true });
  scheduler = await startScheduler(nats, async (image) => ({ image: `${image}@sha256:1`, digest: "sha256:1" }));
});
afterAll(async () => {
  await scheduler[Symbol.asyncDispose]();
  await host[Symbol.asyncDispose]();
  await nats.stop();
});

async function documentsOf(file: string): Promise<unknown[]> {
  const { documents, problems } = readDocuments(await readFile(new URL(file, folder), "utf8"), file);
  expect(problems).toEqual([]);
  return documents.map(({ value }) => value);
}

const manifestsOf = (documents: readonly unknown[]): Manifest[] =>
  documents.flatMap((value) =>
    checkDocument(value).flatMap((checked) => (checked.outcome === "manifest" ? [checked.manifest] : [])),
  );
const isAbout = (one: Manifest, other: Manifest) =>
  one.kind === other.kind && one.metadata.name === other.metadata.name;

/** What the examples refer to and other pages tell to make first. */
async function surroundings(): Promise<unknown[]> {
  const config = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { from: name } });
  const secret = (name: string) => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name },
    stringData: { from: name },
  });
  return [
    ...["app-config", "base-config", "override-config"].map(config),
    ...["db-credentials", "app-secrets", "shared-secrets", "ghcr-secret"].map(secret),
    ...(await documentsOf("crds-artifact.yaml")),
  ];
}

/** Applies what the example refers to, and removes what an earlier one left of the same name. */
async function prepare(manifests: readonly Manifest[]): Promise<void> {
  const around = (await surroundings()).filter((document) =>
    manifestsOf([document]).every((each) => !manifests.some((manifest) => isAbout(manifest, each))),
  );
  await remove(manifests);
  expect((await scheduler.api.Apply({ documents: around })).isApplied).toBe(true);
}

/** What a manifest is kept under: a Host under its id. */
const refOf = (manifest: Manifest) => ({
  kind: manifest.kind,
  name: "hostId" in manifest ? manifest.hostId : manifest.metadata.name,
});

async function remove(manifests: readonly Manifest[]): Promise<void> {
  const isGone = (error: unknown) => error instanceof Error && "code" in error && error.code === "NoSuchObject";
  for (const manifest of manifests) {
    const ask = () => scheduler.api.Delete(refOf(manifest)).then(() => false, isGone);
    await waitFor(ask, { timeoutMs: 15_000, what: `${manifest.kind} ${manifest.metadata.name} removed` });
  }
}

/** The specification of each workload that a manifest makes. */
function workloadOf(manifest: Manifest) {
  if (manifest.kind === "Workload") return manifest.spec;
  if (manifest.kind === "WorkloadDeployment" || manifest.kind === "WorkloadReplicaSet")
    return manifest.spec.template.spec;
  return undefined;
}

async function expectToRun(manifest: Manifest): Promise<void> {
  const wanted = workloadOf(manifest);
  if (wanted === undefined) return;
  const { kind, metadata } = manifest;
  const isRunning = async () => (await scheduler.api.Get({ kind, name: metadata.name })).status.phase === "Running";
  await waitFor(isRunning, { timeoutMs: 15_000, what: `${metadata.name} runs` });
  const asked = host.started.findLast(({ workloadId }) => host.running.has(workloadId))?.workload?.witWorld;
  expect(asked?.components.map(({ name }) => name)).toEqual(wanted.components.map(({ name }) => name));
  expect(asked?.hostInterfaces).toMatchObject(
    wanted.hostInterfaces.map(({ namespace, package: name, interfaces, config = {} }) => ({
      namespace,
      package: name,
      interfaces,
      config,
    })),
  );
}

describe("an example of wasmCloud's documentation", () => {
  test.for(examples)("%s is found right by a dry run, is kept as it is written, and runs", async (file) => {
    const documents = await documentsOf(file);
    const manifests = manifestsOf(documents);
    expect(manifests.length).toBeGreaterThan(0);
    await prepare(manifests);
    const { api } = scheduler;
    const outcomes = documents.map((document) => (manifestsOf([document]).length > 0 ? "created" : "passed over"));
    const shown = await api.Apply({ documents, dryRun: true });
    expect(shown.results.map(({ outcome }) => outcome)).toEqual(outcomes);
    for (const manifest of manifests) {
      await expect(api.Get(refOf(manifest))).rejects.toMatchObject({ code: "NoSuchObject" });
    }
    const applied = await api.Apply({ documents });
    expect(applied).toMatchObject({ isApplied: true, results: outcomes.map((outcome) => ({ outcome, problems: [] })) });
    for (const manifest of manifests) {
      const { manifest: kept } = await api.Get(refOf(manifest));
      expect(kept).toMatchObject({ kind: manifest.kind, ...("spec" in manifest && { spec: manifest.spec }) });
      await expectToRun(manifest);
    }
    await remove(manifests);
  });
});

describe("what the documentation shows beside workloads", () => {
  test("is passed over with the reason where it only wires a cluster together", async () => {
    const documents = await documentsOf("not-ours-service-account-rules.yaml");
    const { results, isApplied } = await scheduler.api.Apply({ documents });
    expect(isApplied).toBe(true);
    expect(results.map(({ outcome, message }) => [outcome, message])).toEqual([
      ["passed over", "access is given by NATS users"],
      ["passed over", "access is given by NATS users"],
      ["passed over", "outgoing calls are limited by localResources.allowedHosts"],
    ]);
  });

  test.for([
    ["not-ours-host-deployment.yaml", "apps/v1", "Deployment", /^containers do not run here: /],
    ["not-ours-argo-application.yaml", "argoproj.io", "Application", /^unknown kind "Application"; known here: /],
    ["not-ours-kind-cluster.yaml", "kind.x-k8s.io", "Cluster", /^unknown kind "Cluster"; known here: /],
  ] as const)("%s is refused, and docs/workloads.md says so", async ([file, group, kind, reason]) => {
    const { results, isApplied } = await scheduler.api.Apply({ documents: await documentsOf(file) });
    expect(isApplied).toBe(false);
    expect(results).toMatchObject([{ outcome: "refused", problems: [{ message: expect.stringMatching(reason) }] }]);
    const page = await readFile(new URL("../../../docs/workloads.md", import.meta.url), "utf8");
    const refusals = page.split("\n").find((line) => line.startsWith("Refused: ")) ?? "";
    expect(refusals).toContain(`\`${group} ${kind}\``);
  });
});
