/** Schedulers and hosts over a real nats-server. */
import { startNats, type TestNats, waitFor } from "@holdfast/testkit";
import { afterAll, beforeEach, afterEach, describe, expect, test } from "vitest";
import { deployment, startScheduler, type TestScheduler } from "./harness.ts";
import { HostStandIn } from "./host-stand-in.ts";

let nats: TestNats;
beforeEach(async () => {
  nats = await startNats();
});
afterEach(() => nats.stop());
afterAll(() => nats.stop());

const phaseOf = async ({ api }: TestScheduler, name: string) =>
  (await api.Get({ kind: "WorkloadDeployment", name })).status;
const untilRunning = (scheduler: TestScheduler, name: string) =>
  waitFor(async () => (await phaseOf(scheduler, name)).phase === "Running", {
    timeoutMs: 15_000,
    what: `${name} runs`,
  });
const total = (...hosts: HostStandIn[]) => hosts.reduce((sum, host) => sum + host.running.size, 0);

describe("Apply", () => {
  test("places the replicas of a deployment on hosts, spread, and says that they run", async () => {
    await using a = await HostStandIn.start(nats, "a", { ours: true });
    await using b = await HostStandIn.start(nats, "b");
    await using c = await HostStandIn.start(nats, "c", { ours: true });
    await using scheduler = await startScheduler(nats);
    await waitFor(async () => (await scheduler.api.ListHosts({})).hosts.length === 3, { timeoutMs: 15_000 });
    const { results, isApplied } = await scheduler.api.Apply({ documents: [deployment("hello")] });
    expect({ results, isApplied }).toMatchObject({
      isApplied: true,
      results: [{ outcome: "created", name: "WorkloadDeployment default/hello" }],
    });
    await untilRunning(scheduler, "hello");
    expect([a, b, c].map((host) => host.running.size)).toEqual([1, 1, 1]);
    expect(await phaseOf(scheduler, "hello")).toMatchObject({
      replicas: { expected: 3, current: 3, ready: 3, unavailable: 0, updated: 3 },
      rollout: 1,
    });
    const { children, events } = await scheduler.api.Describe({ kind: "WorkloadDeployment", name: "hello" });
    expect(children).toHaveLength(1);
    expect(events.map(({ reason }) => reason)).toContain("RollingOut");
    const again = await scheduler.api.Apply({ documents: [deployment("hello")] });
    expect(again.results[0]).toMatchObject({ outcome: "unchanged" });
  });

  test("refuses all documents when one is wrong, with the path, and changes nothing; a dry run changes nothing either", async () => {
    await using scheduler = await startScheduler(nats);
    const documents = [deployment("good"), deployment("bad", { replica: 2 })];
    const refused = await scheduler.api.Apply({ documents });
    expect(refused).toMatchObject({
      isApplied: false,
      results: [
        { outcome: "created" },
        {
          outcome: "refused",
          document: 1,
          problems: [{ path: ["spec", "replica"], message: 'unknown field; did you mean "replicas"?' }],
        },
      ],
    });
    await scheduler.api.Apply({ documents: [deployment("good")], dryRun: true });
    expect((await scheduler.api.List({ kind: "WorkloadDeployment" })).objects).toEqual([]);
  });

  test("prunes what its set had and the documents no longer name", async () => {
    await using scheduler = await startScheduler(nats);
    const config = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { A: "1" } });
    await scheduler.api.Apply({ documents: [config("one"), config("two")], set: "shop", prune: true });
    await scheduler.api.Apply({ documents: [config("other")] });
    const { results } = await scheduler.api.Apply({ documents: [config("two")], set: "shop", prune: true });
    expect(results.map(({ outcome, name }) => [outcome, name])).toEqual([
      ["unchanged", "ConfigMap default/two"],
      ["pruned", "ConfigMap default/one"],
    ]);
    const { objects } = await scheduler.api.List({ kind: "ConfigMap" });
    expect(objects.map(({ ref }) => ref.name)).toEqual(["other", "two"]);
  });

  test("takes the same document from many at once: one makes it, the others find it made", async () => {
    await using scheduler = await startScheduler(nats);
    await using second = await startScheduler(nats);
    const applied = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        (index % 2 ? scheduler : second).api.Apply({ documents: [deployment("same", { replicas: 0 })] }),
      ),
    );
    const outcomes = applied.map(({ results }) => results[0]?.outcome ?? "none").toSorted((x, y) => (x < y ? -1 : 1));
    expect(outcomes).toEqual(["created", ...Array.from({ length: 11 }, () => "unchanged")]);
  });
});

describe("values", () => {
  test("of ConfigMaps and Secrets reach the host, secretFrom over configFrom over config, and no call gives a Secret back", async () => {
    await using host = await HostStandIn.start(nats, "a", { ours: true });
    await using scheduler = await startScheduler(nats);
    const { api } = scheduler;
    const environment = {
      config: { A: "config", B: "config", C: "config" },
      configFrom: [{ name: "settings" }],
      secretFrom: [{ name: "credentials" }],
    };
    const imagePullSecret = { name: "registry" };
    const components = [{ name: "c", image: "r.example/c:1", imagePullSecret, localResources: { environment } }];
    await api.Apply({ documents: [deployment("app", { replicas: 1 }, { components })] });
    const pending = await waitFor(async () => {
      const { objects } = await api.List({ kind: "Workload" });
      return objects[0]?.status.conditions.find(({ type }) => type === "Config");
    });
    expect(pending).toMatchObject({ status: "False", message: "ConfigMap default/settings does not exist: apply it" });
    await api.SetConfig({ name: "settings", set: { B: "settings", C: "settings" } });
    await api.SetSecret({ name: "credentials", set: { C: "hunter2hunter2" } });
    await api.SetSecret({
      name: "registry",
      type: "kubernetes.io/basic-auth",
      set: { username: "ada", password: "lovelace" },
    });
    await untilRunning(scheduler, "app");
    const component = host.started[0]?.workload?.witWorld?.components[0];
    expect(component?.localResources?.environment).toEqual({ A: "config", B: "settings", C: "hunter2hunter2" });
    expect(component?.imagePullSecret).toEqual({ username: "ada", password: "lovelace" });
    const shown = JSON.stringify([
      await api.Get({ kind: "Secret", name: "credentials" }),
      await api.List({ kind: "Secret" }),
      await api.Describe({ kind: "Secret", name: "credentials" }),
      await api.List({ kind: "Workload" }),
    ]);
    expect(shown).not.toContain("hunter2");
    expect(shown).not.toContain(Buffer.from("hunter2hunter2").toString("base64"));
    expect((await api.Get({ kind: "Secret", name: "credentials" })).status.keys).toEqual(["C"]);
  });
});

describe("a host", () => {
  test("that goes without a word loses its workloads to others, and what it still runs when it comes back ends", async () => {
    await using scheduler = await startScheduler(nats);
    const lost = await HostStandIn.start(nats, "lost", { ours: true });
    await scheduler.api.Apply({ documents: [deployment("app", { replicas: 2 })] });
    await untilRunning(scheduler, "app");
    const left = [...lost.running];
    await lost[Symbol.asyncDispose]();
    await using other = await HostStandIn.start(nats, "other", { ours: true });
    await waitFor(() => other.running.size === 2, { timeoutMs: 10_000, what: "both moved" });
    expect((await scheduler.api.ListHosts({})).hosts.map(({ hostId, state }) => [hostId, state])).toEqual([
      ["lost", "Gone"],
      ["other", "Ready"],
    ]);
    await using back = await HostStandIn.start(nats, "lost", { ours: true });
    for (const [id, state] of left) back.running.set(id, state);
    await waitFor(() => back.running.size === 0, { timeoutMs: 20_000, what: "the orphans ended" });
    expect(other.running.size).toBe(2);
  });

  test("that drains is left by its workloads at once, each only when it runs elsewhere", async () => {
    await using scheduler = await startScheduler(nats);
    await using a = await HostStandIn.start(nats, "a", { ours: true });
    await scheduler.api.Apply({ documents: [deployment("app", { replicas: 2 })] });
    await untilRunning(scheduler, "app");
    await using b = await HostStandIn.start(nats, "b", { ours: true });
    let fewest = 2;
    const watching = setInterval(() => (fewest = Math.min(fewest, total(a, b))), 5);
    const begun = performance.now();
    a.drain();
    await waitFor(() => a.running.size === 0 && b.running.size === 2, { timeoutMs: 10_000, what: "all moved" });
    clearInterval(watching);
    expect(performance.now() - begun).toBeLessThan(5_000);
    expect(fewest).toBe(2);
  });

  test("is drained and labelled by operators, and shows what it carries", async () => {
    await using scheduler = await startScheduler(nats);
    const { api } = scheduler;
    await using a = await HostStandIn.start(nats, "a", { ours: true });
    await using b = await HostStandIn.start(nats, "b", { ours: true, labels: { zone: "x" } });
    await waitFor(async () => (await api.ListHosts({})).hosts.length === 2);
    await api.LabelHost({ hostId: "a", labels: { zone: "y" } });
    await api.Apply({ documents: [deployment("app", {}, { hostSelector: { zone: "y" } })] });
    await untilRunning(scheduler, "app");
    expect([a.running.size, b.running.size]).toEqual([3, 0]);
    expect((await api.InspectHost({ hostId: "a" })).workloads).toHaveLength(3);
    expect((await api.ListHosts({ labelSelector: "zone=y" })).hosts.map(({ hostId }) => hostId)).toEqual(["a"]);
    await api.LabelHost({ hostId: "b", labels: { zone: "y" } });
    await api.DrainHost({ hostId: "a" });
    await waitFor(() => a.running.size === 0 && b.running.size === 3, { timeoutMs: 10_000 });
    await expect(api.DrainHost({ hostId: "nobody" })).rejects.toMatchObject({ code: "NoSuchHost" });
    await expect(api.LabelHost({ hostId: "a", labels: { "bad label": "x" } })).rejects.toMatchObject({
      code: "Refused",
    });
  });
});

describe("a roll-out", () => {
  test("never has fewer than the replicas asked for, is numbered, and is rolled back", async () => {
    await using scheduler = await startScheduler(nats);
    const { api } = scheduler;
    await using a = await HostStandIn.start(nats, "a", { ours: true });
    await using b = await HostStandIn.start(nats, "b");
    await api.Apply({ documents: [deployment("app", { replicas: 4 })] });
    await untilRunning(scheduler, "app");
    let fewest = 4;
    const watching = setInterval(() => (fewest = Math.min(fewest, total(a, b))), 2);
    const components = [{ name: "c", image: "r.example/c:2" }];
    await api.Apply({ documents: [deployment("app", { replicas: 4 }, { components })] });
    await waitFor(async () => (await phaseOf(scheduler, "app")).rollout === 2);
    await untilRunning(scheduler, "app");
    clearInterval(watching);
    expect(fewest).toBe(4);
    const { rollouts } = await api.RolloutHistory({ name: "app" });
    expect(rollouts).toMatchObject([
      { rollout: 1, images: ["r.example/c:1"], isCurrent: false },
      { rollout: 2, images: ["r.example/c:2"], isCurrent: true, ready: 4 },
    ]);
    await api.Rollback({ name: "app" });
    await waitFor(async () => (await phaseOf(scheduler, "app")).rollout === 3);
    await untilRunning(scheduler, "app");
    const running = new Set([...a.running.keys(), ...b.running.keys()]);
    const images = [...a.started, ...b.started]
      .filter(({ workloadId }) => running.has(workloadId))
      .map(({ workload }) => workload?.witWorld?.components[0]?.image);
    expect(images).toEqual(Array.from({ length: 4 }, () => "r.example/c:1"));
    await expect(api.Rollback({ name: "app", toRollout: 99 })).rejects.toMatchObject({ code: "Refused" });
  });

  test("follows an artifact whose digest changes, and a rollback holds until there is yet another one", async () => {
    let digest = "sha256:1";
    await using host = await HostStandIn.start(nats, "a", { ours: true });
    await using scheduler = await startScheduler(nats, async (image) => ({ image: `${image}@${digest}`, digest }));
    const { api } = scheduler;
    const artifact = {
      apiVersion: "runtime.wasmcloud.dev/v1alpha1",
      kind: "Artifact",
      metadata: { name: "web" },
      spec: { image: "r.example/c:latest" },
    };
    const artifacts = [{ name: "c", artifactFrom: { name: "web" } }];
    await api.Apply({ documents: [artifact, deployment("app", { replicas: 1, artifacts })] });
    const untilImage = (end: string) =>
      waitFor(
        () => {
          const last = host.started.at(-1);
          const isOnly = host.running.size === 1 && host.running.has(last?.workloadId ?? "");
          return isOnly && last?.workload?.witWorld?.components[0]?.image.endsWith(end);
        },
        { timeoutMs: 10_000, what: end },
      );
    await untilImage("@sha256:1");
    digest = "sha256:2";
    await untilImage("@sha256:2");
    await api.Rollback({ name: "app" });
    await untilImage("@sha256:1");
    digest = "sha256:3";
    await untilImage("@sha256:3");
    expect((await api.Get({ kind: "Artifact", name: "web" })).status).toMatchObject({
      digest: "sha256:3",
      phase: "Resolved",
    });
  });
});

describe("a workload that fails", () => {
  test("is tried again after a while, and says in words why it does not run", async () => {
    await using host = await HostStandIn.start(nats, "a", { ours: true });
    host.refusal =
      "component imports instance `wasi:config/store@0.2.0-rc.1`, but a matching implementation was not found in the linker";
    await using scheduler = await startScheduler(nats);
    await scheduler.api.Apply({ documents: [deployment("app", { replicas: 1 })] });
    const failed = await waitFor(async () =>
      (await phaseOf(scheduler, "app")).conditions.find(({ message }) => message.includes("linker")),
    );
    expect(failed.type).toMatch(/Progressing|Ready/);
    const { events } = await scheduler.api.ListEvents({ kind: "Workload" });
    expect(events.some(({ type, reason }) => type === "Warning" && reason === "Failed")).toBe(true);
    host.refusal = undefined;
    await untilRunning(scheduler, "app");
  });
});

describe("several schedulers", () => {
  test("have one leader; when it goes another one leads within 5 s and nothing is placed twice", async () => {
    await using host = await HostStandIn.start(nats, "a", { ours: true });
    const first = await startScheduler(nats);
    await using second = await startScheduler(nats);
    await waitFor(async () => (await second.api.DescribeScheduler({})).leader);
    await first.api.Apply({ documents: [deployment("app")] });
    await untilRunning(second, "app");
    // as a process that dies: its connection is gone, its lease is not given up
    const { leader } = await second.api.DescribeScheduler({});
    await first.nc.close();
    const begun = performance.now();
    await second.api.Apply({ documents: [deployment("app", { replicas: 5 })] });
    await waitFor(() => host.running.size === 5, { timeoutMs: 8_000, what: "the new leader to act" });
    expect(performance.now() - begun).toBeLessThan(6_500);
    expect(host.started).toHaveLength(5);
    const after = (await second.api.DescribeScheduler({})).leader;
    expect(after?.token).toBeGreaterThan(leader?.token ?? 0);
  });
});

describe("Delete", () => {
  test("ends what a deployment runs, and then it is gone", async () => {
    await using host = await HostStandIn.start(nats, "a");
    await using scheduler = await startScheduler(nats);
    const { api } = scheduler;
    await api.Apply({ documents: [deployment("app")] });
    await untilRunning(scheduler, "app");
    await api.Delete({ kind: "WorkloadDeployment", name: "app" });
    await waitFor(async () => {
      const kinds = ["WorkloadDeployment", "WorkloadReplicaSet", "Workload"] as const;
      const lists = await Promise.all(kinds.map((kind) => api.List({ kind })));
      return host.running.size === 0 && lists.every(({ objects }) => objects.length === 0);
    });
    await expect(api.Get({ kind: "WorkloadDeployment", name: "app" })).rejects.toMatchObject({ code: "NoSuchObject" });
  });
});

describe("watching", () => {
  test("waits for the next event and for the next change of a list", async () => {
    await using scheduler = await startScheduler(nats);
    const { api } = scheduler;
    const { revision } = await api.List({ kind: "ConfigMap" });
    const changed = api.List({ kind: "ConfigMap", since: revision, waitMs: 5_000 });
    const heard = api.ListEvents({ waitMs: 5_000, kind: "WorkloadDeployment" });
    await api.SetConfig({ name: "c", set: { a: "b" } });
    await api.Apply({ documents: [deployment("app")] });
    expect((await changed).revision).toBeGreaterThan(revision);
    expect((await heard).events[0]).toMatchObject({ object: { kind: "WorkloadDeployment", name: "app" } });
  });
});
