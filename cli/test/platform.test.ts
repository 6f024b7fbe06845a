/** The commands about workloads with the real scheduler and a real host: from a manifest to an answer over HTTP, and back to nothing. */
import { mkdir } from "node:fs/promises";
import { get } from "node:http";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { guestFile } from "@holdfast/guests";
import { launchProcess, type MeshProcess } from "@holdfast/launcher";
import { startNats, type TemporaryFolder, temporaryFolder, type TestNats, waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runInProcess } from "./run-holdfast.ts";

let nats: TestNats;
let folder: TemporaryFolder;
let scheduler: MeshProcess;
let host: MeshProcess;
let image: string;
beforeAll(async () => {
  [nats, folder, image] = await Promise.all([
    startNats(),
    temporaryFolder("holdfast-platform-"),
    guestFile("http-hello"),
  ]);
  const launch = async (name: "scheduler" | "host-agent", env: NodeJS.ProcessEnv) => {
    const data = join(folder.path, name);
    await mkdir(data, { recursive: true });
    const common = {
      PATH: process.env["PATH"],
      HOLDFAST_NATS_URL: nats.url,
      HOLDFAST_DATA_DIR: data,
      HOLDFAST_ADMIN_PORT: "0",
    };
    const script = fileURLToPath(new URL(`../../services/${name}/src/main.ts`, import.meta.url));
    return launchProcess({ name, script, env: { ...common, ...env }, logFile: `${data}.log`, readyTimeoutMs: 60_000 });
  };
  [scheduler, host] = await Promise.all([
    // a machine that runs tests is busy
    launch("scheduler", { HOLDFAST_SCHEDULER_MAX_CPU: "100" }),
    launch("host-agent", {
      HOLDFAST_HOST_HTTP_PORT: "0",
      HOLDFAST_HOST_FILE_ROOTS: dirname(image),
      HOLDFAST_HOST_ID: "host-a",
    }),
  ]);
}, 120_000);
afterAll(async () => {
  await Promise.all([scheduler.stop(), host.stop()]);
  await nats.stop();
  await folder[Symbol.asyncDispose]();
}, 60_000);

const holdfast = (args: readonly string[], stdin = "") =>
  runInProcess(args, { env: { HOLDFAST_NATS_URL: nats.url }, stdin });

const manifest = (replicas: number) => `
apiVersion: runtime.wasmcloud.dev/v1alpha1
kind: WorkloadDeployment
metadata: { name: hello, labels: { app: hello } }
spec:
  replicas: ${replicas}
  template:
    spec:
      components: [{ name: web, image: "file://${image}", poolSize: 1 }]
      hostInterfaces:
        - { namespace: wasi, package: http, interfaces: [incoming-handler], config: { host: hello.localhost } }
`;

/** `fetch` would not send another Host. */
function statusOf(url: string, host: string): Promise<number | undefined> {
  return new Promise((settle, reject) => {
    get(url, { headers: { host } }, (response) => {
      response.resume();
      settle(response.statusCode);
    }).once("error", reject);
  });
}

describe("holdfast with a scheduler and a host", () => {
  test("deploys, shows, scales, logs and deletes a component", { timeout: 180_000 }, async () => {
    await waitFor(async () => (await holdfast(["host", "list"])).stdout.includes("host-a"), { timeoutMs: 60_000 });
    const applied = await holdfast(["apply", "-f", "-"], manifest(1));
    expect([applied.code, applied.stdout, applied.stderr]).toEqual([
      0,
      "+ WorkloadDeployment default/hello created\n",
      "",
    ]);
    const rolled = await holdfast(["rollout", "status", "hello", "--timeout", "60s"]);
    expect([rolled.code, rolled.stdout]).toEqual([0, "hello: 1 of 1 replicas are new, 1 ready\n"]);
    const url = String(host.ready["http"]);
    expect(await statusOf(url, "hello.localhost")).toBe(200);
    expect(await statusOf(url, "other.localhost")).toBe(421);

    expect((await holdfast(["get", "deployments", "-l", "app=hello"])).stdout).toMatch(/\nhello +1\/1 +1 /);
    expect((await holdfast(["get", "workloads", "-o", "wide"])).stdout).toContain("host-a");
    expect((await holdfast(["describe", "deployment", "hello"])).stdout).toMatch(/Conditions:\n +TYPE/);
    expect((await holdfast(["logs", "hello"])).code).toBe(0);
    expect((await holdfast(["events"])).stdout).toContain("default/deployment/hello");

    const scaled = await holdfast(["apply", "--diff", "-f", "-"], manifest(2));
    expect(scaled.stdout).toMatch(/- +replicas: 1\n +\+ +replicas: 2\n/);
    expect((await holdfast(["rollout", "status", "hello", "--timeout", "60s"])).stdout).toMatch(
      /2 of 2 replicas are new, 2 ready/,
    );
    const same = await holdfast(["get", "deployment", "hello", "-o", "yaml"]);
    expect((await holdfast(["apply", "-f", "-"], same.stdout)).stdout).toBe(
      "= WorkloadDeployment default/hello unchanged\n",
    );

    const deleted = await holdfast(["delete", "deployment", "hello", "--wait"]);
    expect([deleted.code, deleted.stderr]).toEqual([0, ""]);
    expect((await holdfast(["get", "workloads"])).stderr).toContain("no workload found");
  });

  test("keeps a secret's values to itself", async () => {
    expect((await holdfast(["secret", "set", "db", "--stdin", "PASSWORD"], "s3cr3t\n")).stdout).toBe(
      "secret db has PASSWORD\n",
    );
    expect((await holdfast(["get", "secret", "db", "-o", "yaml"])).stdout).not.toContain("s3cr3t");
    await holdfast(["config", "set", "app", "--from-literal", "A=1"]);
    expect((await holdfast(["config", "get", "app", "A"])).stdout).toBe("1\n");
  });
});
