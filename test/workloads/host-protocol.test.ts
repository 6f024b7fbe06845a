/**
 * The host protocol as a black box: over NATS only, so it can be pointed at any host that speaks it. Without settings it starts a
 * host-agent of its own.
 *
 *   HOLDFAST_PROTOCOL_NATS_URL   the NATS server that the host is connected to
 *   HOLDFAST_PROTOCOL_HOST_ID    the host
 *   HOLDFAST_PROTOCOL_HOST_GROUP its label `hostgroup` (default)
 */
import { randomUUID } from "node:crypto";
import {
  decodeMessage,
  HostHeartbeat,
  hostClient,
  type HostClient,
  heartbeatSubject,
  hostSubject,
} from "@holdfast/host-protocol";
import { startHost, startNats, type TestHost, type TestNats, waitFor } from "@holdfast/testkit";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const { HOLDFAST_PROTOCOL_NATS_URL: givenUrl, HOLDFAST_PROTOCOL_HOST_ID: givenId } = process.env;
const hostGroup = process.env["HOLDFAST_PROTOCOL_HOST_GROUP"] ?? "default";
const isOurs = givenUrl === undefined;

let nats: TestNats | undefined;
let ours: TestHost | undefined;
let nc: NatsConnection;
let host: HostClient;
let id: string;
const published: HostHeartbeat[] = [];

beforeAll(async () => {
  if (isOurs) nats = await startNats();
  nc = await connect({ servers: givenUrl ?? nats?.url ?? "" });
  host = hostClient(nc);
  nc.subscribe(heartbeatSubject("*"), {
    callback: (_error, { data }) => void published.push(decodeMessage("heartbeat", HostHeartbeat, data)),
  });
  await nc.flush();
  if (nats) ours = await startHost({ natsUrl: nats.url, env: { HOLDFAST_HOST_ENVIRONMENT: "protocol" } });
  id = givenId ?? ours?.id ?? "";
});
afterAll(async () => {
  await nc.close();
  await ours?.stop();
  await nats?.stop();
});

/** No components, no service, no images. */
const empty = { namespace: "default", name: "protocol" };
const unpullable = {
  ...empty,
  witWorld: { components: [{ name: "unpullable", image: "127.0.0.1:1/nope:latest" }] },
};
const newId = () => `protocol-${randomUUID()}`;
const ask = async (operation: Parameters<typeof hostSubject>[1], body: string) =>
  (await nc.request(hostSubject(id, operation), body, { timeout: 10_000 })).json<Record<string, unknown>>();

describe("a host", () => {
  test("answers a heartbeat with its id, its hostgroup and real figures", async () => {
    const heartbeat = await host.heartbeat(id);
    expect(heartbeat).toMatchObject({ id, labels: { hostgroup: hostGroup } });
    expect(heartbeat.systemMemoryTotal).toBeGreaterThan(heartbeat.systemMemoryFree);
    expect(heartbeat.systemMemoryFree).toBeGreaterThan(0);
    expect(heartbeat.systemCpuUsage).toBeGreaterThanOrEqual(0);
    expect(new Date(heartbeat.startedAt).getTime()).toBeLessThanOrEqual(Date.now());
    expect([...heartbeat.imports, ...heartbeat.exports]).toContainEqual(
      expect.objectContaining({ namespace: "wasi", package: "http" }),
    );
  });

  test("publishes a heartbeat at once", async () => {
    const first = await waitFor(() => published.find((each) => each.id === id), { timeoutMs: 20_000 });
    expect(first).toMatchObject({ id, ...(isOurs && { workloadCount: 0, environment: "protocol" }) });
  });

  test("counts workloads in its heartbeat", async () => {
    const before = (await host.heartbeat(id)).workloadCount;
    const workloadId = newId();
    await host.start(id, { workloadId, workload: empty });
    expect((await host.heartbeat(id)).workloadCount).toBe(before + 1);
    await host.stop(id, workloadId);
    expect((await host.heartbeat(id)).workloadCount).toBe(before);
  });

  test("writes 64-bit integers as strings, enums by name, camelCase", async () => {
    const heartbeat = await ask("heartbeat", "");
    expect(heartbeat["systemMemoryTotal"]).toMatch(/^\d+$/);
    expect(heartbeat).not.toHaveProperty("system_memory_total");
    expect(await ask("workload.status", '{"workloadId":"nobody"}')).toMatchObject({
      workloadStatus: { workloadId: "nobody", workloadState: "WORKLOAD_STATE_NOT_FOUND" },
    });
  });

  test("reads snake_case and ignores unknown fields", async () => {
    const workload_id = newId();
    const request = { workload_id, colour: 1, workload: { ...empty, wit_world: { host_interfaces: [] } } };
    expect(await ask("workload.start", JSON.stringify(request))).toMatchObject({
      workloadStatus: { workloadId: workload_id, workloadState: "WORKLOAD_STATE_RUNNING" },
    });
    expect(await ask("workload.stop", JSON.stringify({ workload_id }))).toMatchObject({
      workloadStatus: { workloadState: "WORKLOAD_STATE_STOPPING" },
    });
  });
});

describe("a workload's id", () => {
  test("that runs is refused with ERROR, and the running one is untouched until it is stopped", async () => {
    const workloadId = newId();
    const start = () => host.start(id, { workloadId, workload: empty });
    expect(await start()).toMatchObject({ workloadId, workloadState: "WORKLOAD_STATE_RUNNING" });
    expect(await start()).toEqual({
      workloadId,
      workloadState: "WORKLOAD_STATE_ERROR",
      message: "Workload ID already exists",
    });
    expect(await host.status(id, workloadId)).toMatchObject({ workloadState: "WORKLOAD_STATE_RUNNING" });
    expect(await host.stop(id, workloadId)).toMatchObject({ workloadId, workloadState: "WORKLOAD_STATE_STOPPING" });
    expect(await start()).toMatchObject({ workloadState: "WORKLOAD_STATE_RUNNING" });
    await host.stop(id, workloadId);
  });

  test("that nobody knows is NOT_FOUND, and asking does not make it known", async () => {
    const workloadId = newId();
    const unknown = { workloadId, workloadState: "WORKLOAD_STATE_NOT_FOUND" };
    expect(await host.status(id, workloadId)).toMatchObject(unknown);
    expect(await host.stop(id, workloadId)).toMatchObject(unknown);
    expect(await host.status(id, workloadId)).toMatchObject(unknown);
  });

  test("is not consumed by a failed pull", async () => {
    const workloadId = newId();
    const failed = await host.start(id, { workloadId, workload: unpullable });
    expect(failed).toMatchObject({ workloadId, workloadState: "WORKLOAD_STATE_ERROR" });
    expect(failed.message).toContain("failed to pull component image");
    expect(await host.status(id, workloadId)).toMatchObject({ workloadState: "WORKLOAD_STATE_NOT_FOUND" });
    expect(await host.start(id, { workloadId, workload: empty })).toMatchObject({
      workloadState: "WORKLOAD_STATE_RUNNING",
    });
    await host.stop(id, workloadId);
  });
});
