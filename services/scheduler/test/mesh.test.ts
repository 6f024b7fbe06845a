/** The real processes with the real permissions: scheduler twice, nats-server. */
import { scheduler } from "@holdfast/contracts";
import { client } from "@holdfast/micro";
import { startMesh, waitFor } from "@holdfast/testkit";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { deployment } from "./harness.ts";
import { HostStandIn } from "./host-stand-in.ts";

test("two processes serve; when the one that leads is killed the other one leads; no secret is in a log or in the store's files", async () => {
  await using mesh = await startMesh({ edges: 0, objectMetadata: 0, multipart: 0, scheduler: 2 });
  const admin = await mesh.connectAdmin();
  const api = client(admin, scheduler);
  await using host = await HostStandIn.start({ connect: () => mesh.connectAdmin() }, "a", { ours: true, beatMs: 500 });
  const environment = { secretFrom: [{ name: "credentials" }] };
  const components = [{ name: "c", image: "r.example/c:1", localResources: { environment } }];
  const password = "swordfish-swordfish";
  await api.SetSecret({ name: "credentials", set: { PASSWORD: password } });
  const apply = (replicas: number) => api.Apply({ documents: [deployment("app", { replicas }, { components })] });
  await apply(2);
  await waitFor(() => host.running.size === 2, { timeoutMs: 15_000, what: "two run" });
  expect(host.started[0]?.workload?.witWorld?.components[0]?.localResources?.environment).toEqual({
    PASSWORD: password,
  });

  const before = (await api.DescribeScheduler({})).leader;
  await mesh.kill("scheduler", 0);
  await apply(4);
  await waitFor(() => host.running.size === 4, { timeoutMs: 15_000, what: "four run" });
  expect(host.started).toHaveLength(4);
  await mesh.restart("scheduler", 0);
  await mesh.kill("scheduler", 1);
  await apply(6);
  await waitFor(() => host.running.size === 6, { timeoutMs: 15_000, what: "six run" });
  const after = (await api.DescribeScheduler({})).leader;
  expect(after?.token).toBeGreaterThan(before?.token ?? 0);

  const folders = [mesh.logFolder, join(mesh.nats.storeDir)];
  const names = await Promise.all(folders.map((folder) => readdir(folder, { recursive: true, withFileTypes: true })));
  const files = names.flat().filter((entry) => entry.isFile());
  const texts = await Promise.all(files.map((entry) => readFile(join(entry.parentPath, entry.name))));
  expect(texts.some((text) => text.includes("Workload"))).toBe(true);
  expect(texts.filter((text) => text.includes(password))).toEqual([]);
  // six processes start one after the other: on a machine with other work that takes its time
}, 120_000);
