/** Interfaces as components use them: through the worker's bindings, the channel and the backends of the main thread. */
import { temporaryFolder, waitFor } from "@holdfast/testkit";
import { randomUUID } from "node:crypto";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GuestName } from "@holdfast/guests";
import {
  call,
  type CallOptions,
  type ComponentSpec,
  type Harness,
  http,
  imageOf,
  startHarness,
  type WorkloadSpec,
} from "./harness.ts";

let harness: Harness;
let roots: Awaited<ReturnType<typeof temporaryFolder>>;
beforeAll(async () => {
  roots = await temporaryFolder();
  harness = await startHarness({ HOLDFAST_HOST_VOLUME_ROOTS: roots.path });
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  await roots[Symbol.asyncDispose]();
});

type More = Omit<WorkloadSpec, "witWorld"> & {
  component?: Partial<ComponentSpec>;
  interfaces?: NonNullable<NonNullable<WorkloadSpec["witWorld"]>["hostInterfaces"]>;
};

/** Runs one guest with these interfaces beside HTTP. */
async function run(guest: GuestName, { component, interfaces = [], ...workload }: More = {}) {
  const host = `${randomUUID()}.test`;
  const components = [{ name: "guest", image: await imageOf(guest), ...component }];
  const hostInterfaces = [http(["incoming-handler"], { host }), ...interfaces];
  const status = await harness.start({ ...workload, witWorld: { components, hostInterfaces } });
  expect(status.message).toBe("running");
  const get = (path: string, options?: CallOptions) => call(harness.host.http, host, path, options);
  return { ...status, get };
}

const keyvalue = (config: Record<string, string>) => {
  return [{ namespace: "wasi", package: "keyvalue", interfaces: ["store", "atomics", "batch"], config }];
};

describe("a component", () => {
  test.for([["memory"], ["nats"]])("keeps values in a keyvalue store (%s)", async ([backend]) => {
    const store = await run("http-keyvalue", { interfaces: keyvalue({ backend: String(backend) }) });
    expect((await store.get("/default/colour", { method: "PUT", body: "blue" })).status).toBeLessThan(300);
    expect((await store.get("/default/colour")).body).toBe("blue");
    await store.get("/default/count", { method: "POST" });
    expect((await store.get("/default/count", { method: "POST" })).body).toContain("2");
  });

  test("reads its configuration and environment, and its lines reach its log", async () => {
    const component = { localResources: { config: { colour: "blue" }, environment: { SHAPE: "round" } } };
    const interfaces = [
      { namespace: "wasi", package: "config", interfaces: ["store"], config: { colour: "red", size: "large" } },
      { namespace: "wasi", package: "logging", interfaces: ["logging"] },
    ];
    const configured = await run("http-config", { component, interfaces });
    const config = (await configured.get("/config")).body;
    expect(config).toContain("blue");
    expect(config).toContain("large");
    expect((await configured.get("/environment")).body).toContain("round");
    await configured.get("/out", { method: "POST", body: "printed\n" });
    await configured.get("/log/3", { method: "POST", body: "logged" });
    const { workloadId } = configured;
    const lines = await waitFor(async () => {
      const page = await harness.agent.Logs({ workloadId, waitMs: 1_000 });
      return page.lines.length >= 2 && page.lines;
    });
    expect(lines.map(({ message }) => message).join("\n")).toMatch(/printed[^]*logged/);
    expect(lines).toContainEqual(expect.objectContaining({ level: "warn", component: "guest" }));
  });

  test("reads and writes the files of its volumes, and nothing that is mounted read-only", async () => {
    const volumeMounts = [
      { name: "scratch", mountPath: "/data" },
      { name: "scratch", mountPath: "/same", readOnly: true },
    ];
    const files = await run("http-files", {
      volumes: [{ name: "scratch", emptyDir: {} }],
      component: { localResources: { volumeMounts } },
    });
    expect((await files.get("/data/a.txt", { method: "PUT", body: "text" })).status).toBe(201);
    expect((await files.get("/same/a.txt")).body).toBe("text");
    expect((await files.get("/same/b.txt", { method: "PUT", body: "no" })).status).toBe(500);
  });
});

describe("a workload's volumes", () => {
  test("of the host are refused outside of the folders that it allows", async () => {
    const volumes = [{ name: "etc", hostPath: { localPath: "/etc" } }];
    const components = [{ name: "hello", image: await imageOf("http-hello") }];
    const hostInterfaces = [http(["incoming-handler"], { host: "etc.test" })];
    const status = await harness.start({ volumes, witWorld: { components, hostInterfaces } });
    expect(status.message).toContain("HOLDFAST_HOST_VOLUME_ROOTS");
  });

  test("of the host are left by no link, whether it was there before or came later", async () => {
    const own = join(roots.path, "own");
    await mkdir(own);
    await symlink("/etc", join(own, "before"));
    await writeFile(join(own, "file"), "mine");
    const volumeMounts = [{ name: "own", mountPath: "/own" }];
    const volumes = (localPath: string) => [{ name: "own", hostPath: { localPath } }];
    const component = { localResources: { volumeMounts } };
    const files = await run("http-files", { volumes: volumes(own), component });
    await symlink("/etc/hostname", join(own, "later"));
    expect((await files.get("/own/file")).body).toBe("mine");
    for (const path of ["/own/before/hostname", "/own/later"]) {
      // 31: not permitted
      expect(await files.get(path)).toMatchObject({ status: 500, body: expect.stringContaining("31") });
    }
    await symlink("/etc", join(roots.path, "etc"));
    const components = [{ name: "guest", image: await imageOf("http-files"), ...component }];
    const hostInterfaces = [http(["incoming-handler"], { host: "linked.test" })];
    const witWorld = { components, hostInterfaces };
    const status = await harness.start({ volumes: volumes(join(roots.path, "etc")), witWorld });
    expect(status.message).toContain("HOLDFAST_HOST_VOLUME_ROOTS");
  });
});

describe("a workload's service", () => {
  test("listens on the workload's own loopback, is run again when it fails, and completes the workload when it ends", async () => {
    const service = { image: await imageOf("service-echo"), maxRestarts: 1 };
    const front = await run("http-loopback", { service });
    const { workloadId } = front;
    const ask = (body: string) => front.get("/7777", { method: "POST", body });
    const echoes = (text: string) => waitFor(async () => (await ask(text)).body === text, { timeoutMs: 15_000 });
    const state = async () => (await harness.protocol.status(harness.host.id, workloadId)).workloadState;
    await echoes("first");
    await ask("fail");
    await echoes("second");
    await ask("stop");
    const isCompleted = async () => (await state()) === "WORKLOAD_STATE_COMPLETED";
    expect(await waitFor(isCompleted, { timeoutMs: 15_000 })).toBe(true);
  });
});
