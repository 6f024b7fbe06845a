/**
 * From nothing to HTTP, as somebody types it: a new project is built, pushed and applied on three hosts, gets new versions, and loses
 * hosts while requests go on. The `holdfast` command, the services and the hosts are processes, killed for real.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { guestFile } from "@holdfast/guests";
import { startRegistry, type TestRegistry } from "@holdfast/oci/testing";
import { holdfastProcess, operatorEnv, type TemporaryFolder, waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { callHost, type Platform, startPlatform } from "./platform.ts";
import { builtProject, type Project, projectsFolder } from "./projects.ts";

const pauseMs = 20;
const answers = { v1: "Hello, you!\n", v2: "hello from component\n" };

let folder: TemporaryFolder;
let registry: TestRegistry;
let platform: Platform;
let project: Project;

beforeAll(async () => {
  [folder, registry] = await Promise.all([projectsFolder(), startRegistry()]);
  const settings = {
    // heartbeats come every 15 s; a minute of silence would be the default
    HOLDFAST_SCHEDULER_HOST_SILENT_AFTER: "17s",
    HOLDFAST_SCHEDULER_HOST_GONE_AFTER: "20s",
    HOLDFAST_HOST_INSECURE_REGISTRIES: registry.host,
    HOLDFAST_SCHEDULER_INSECURE_REGISTRIES: registry.host,
  };
  const building = builtProject(folder.path, "hello", "http");
  // the platform is taken down also when the build fails: that is waited for afterwards
  building.catch(() => undefined);
  platform = await startPlatform(3, settings);
  project = await building;
}, 240_000);
afterAll(async () => {
  await platform?.[Symbol.asyncDispose]();
  await registry.stop();
  await folder[Symbol.asyncDispose]();
});

/** `holdfast ARGS` in the project's folder; what it printed. Throws when it fails. */
async function holdfast(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await holdfastProcess(args, {
    cwd: project.folder,
    env: operatorEnv(platform.mesh.nats),
  });
  if (code !== 0) throw new Error(`holdfast ${args.join(" ")}: exit code ${code}:\n${stderr}`);
  return stdout;
}

/** The project's own manifest with another image, under a name that the hosts are asked by here. */
async function applyImage(image: string): Promise<string> {
  const file = join(project.folder, "workload.yaml");
  const text = await readFile(file, "utf8");
  const edited = text.replace(/image: .*/, `image: ${image}`).replace("hello.localhost", "hello.test");
  await writeFile(file, edited);
  return holdfast("apply", "-f", "workload.yaml");
}

/** What a load balancer in front of the hosts does: the next host when one has no replica, is gone or says 503. */
async function callAny(turn: number): Promise<string> {
  const { hosts } = platform.mesh;
  let last = "no host";
  for (let i = 0; i < hosts.length; i++) {
    const host = hosts[(turn + i) % hosts.length];
    const answer = await callHost(host?.http ?? "", "hello", "/?name=you").catch((error: unknown) => ({
      status: 0,
      body: String(error),
    }));
    if (answer.status === 200) return answer.body;
    last = `${answer.status} ${answer.body}`;
    if (answer.status !== 0 && answer.status !== 421 && answer.status !== 503) break;
  }
  throw new Error(last);
}

/** Requests by four callers while `work` runs; what failed of them. They leave the machine some time for the work itself. */
async function underLoad(work: () => Promise<void>): Promise<{ requests: number; failures: string[] }> {
  const failures: string[] = [];
  let requests = 0;
  const over = new AbortController();
  const callers = Array.from({ length: 4 }, async () => {
    while (!over.signal.aborted) {
      await callAny(requests++).catch((error: unknown) => failures.push(String(error)));
      await pause(pauseMs);
    }
  });
  try {
    await work();
  } finally {
    over.abort();
    await Promise.all(callers);
  }
  return { requests, failures };
}

/** Three replicas run, none of them on this host. */
async function isReplaced(hostId: string): Promise<boolean> {
  const hosts = await platform.hostsOf("hello");
  return hosts.length === 3 && !hosts.includes(hostId);
}

describe("a new project, from nothing", () => {
  test("is pushed to a registry and runs as three replicas on three hosts, each of which answers", async () => {
    const pushed = await holdfast("oci", "push", `${registry.host}/team/hello:1.0.0`, "hello.wasm", "--insecure");
    expect(pushed).toContain(`${registry.host}/team/hello:1.0.0`);
    const applied = await applyImage(`oci://${registry.host}/team/hello:1.0.0`);
    expect(applied).toContain("+ WorkloadDeployment default/hello created");
    expect(await holdfast("rollout", "status", "hello")).toContain("3 of 3 replicas are new, 3 ready");
    const ids = platform.mesh.hosts.map(({ id }) => id);
    expect((await platform.hostsOf("hello")).toSorted()).toEqual(ids.toSorted());
    for (const { http } of platform.mesh.hosts) {
      expect(await callHost(http, "hello", "/?name=you")).toMatchObject({ status: 200, body: answers.v1 });
    }
  });

  test("gets a new version from the mesh's own store without a failed request", async () => {
    const image = await platform.push("hello-2.wasm", await readFile(await guestFile("http-hello")));
    const { failures, requests } = await underLoad(async () => {
      expect(await applyImage(image)).toContain("~ WorkloadDeployment default/hello configured");
      await holdfast("rollout", "status", "hello");
    });
    expect(failures).toEqual([]);
    expect(requests).toBeGreaterThan(0);
    for (const { http } of platform.mesh.hosts) expect((await callHost(http, "hello")).body).toBe(answers.v2);
  });

  test("leaves a host that drains within 5 s, without a failed request", async () => {
    const [drained] = platform.mesh.hosts;
    if (drained === undefined) throw new Error("no host");
    const { failures } = await underLoad(async () => {
      await platform.scheduler.DrainHost({ hostId: drained.id });
      await waitFor(() => isReplaced(drained.id), {
        timeoutMs: 5_000,
        intervalMs: 50,
        what: "three replicas elsewhere",
      });
    });
    expect(failures).toEqual([]);
    expect(await holdfast("host", "drain", drained.id, "--undo")).toContain("takes workloads again");
  });

  test("is rolled back without a failed request", async () => {
    const { failures } = await underLoad(async () => {
      await holdfast("rollout", "undo", "hello");
      await holdfast("rollout", "status", "hello");
    });
    expect(failures).toEqual([]);
    expect(await callAny(0)).toBe(answers.v1);
    expect(await holdfast("rollout", "history", "hello")).toMatch(/^3 \(current\) .*oci:/m);
  });

  test("gets back what a killed host ran, on other hosts", async () => {
    const victim = platform.mesh.hosts.at(-1);
    if (victim === undefined) throw new Error("no host");
    await platform.mesh.kill("host-agent", victim.index);
    const { failures } = await underLoad(async () => {
      await waitFor(() => isReplaced(victim.id), {
        timeoutMs: 75_000,
        intervalMs: 100,
        what: "three replicas on two hosts",
      });
    });
    // two other hosts had a replica all the time
    expect(failures).toEqual([]);
  });
});
