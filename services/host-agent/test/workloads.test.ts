import { createHash } from "node:crypto";
import { hostAgent } from "@holdfast/contracts";
import { client } from "@holdfast/micro";
import { hostClient, type HostHeartbeat, watchHeartbeats } from "@holdfast/host-protocol";
import { startHost, waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, type Harness, http, imageOf, startHarness } from "./harness.ts";

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ HOLDFAST_HOST_LABELS: "zone=eu-1", HOLDFAST_HOST_MAX_WORKLOADS: "30" });
});
afterAll(() => harness[Symbol.asyncDispose]());

describe("a workload", () => {
  test("of components linked to each other answers through both", async () => {
    const linked = await harness.run("http-greeter", "greeter");
    expect(linked.status.message).toBe("running");
    const answer = await linked.get("/Ada");
    expect(answer.status).toBe(200);
    expect(answer.body).toContain("Ada");
    // isolation by call holds across the link
    expect((await linked.get("/Ada")).body).toBe(answer.body);
  });

  test("with an import that nobody satisfies is ERROR naming component and import", async () => {
    const { status } = await harness.run("undeclared-import");
    expect(status.workloadState).toBe("WORKLOAD_STATE_ERROR");
    expect(status.message).toMatch(
      /^component `undeclared-import`: component imports instance `.+`, but a matching implementation was not found in the linker/,
    );
  });

  test("that declares what this host does not have runs and says so, unless a component imports it", async () => {
    const unknown = { namespace: "acme", package: "secret", interfaces: ["vault"] };
    const producer = { namespace: "wasmcloud", package: "messaging", interfaces: ["consumer", "producer"] };
    const hostInterfaces = [http(["incoming-handler"], { host: "more.test" }), unknown, producer];
    const components = [{ name: "hello", image: await imageOf("http-hello") }];
    const status = await harness.start({ witWorld: { components, hostInterfaces } });
    expect(status.workloadState).toBe("WORKLOAD_STATE_RUNNING");
    expect(status.message).toBe(
      "running; hostInterfaces: this host does not offer acme:secret/vault, which no component imports; " +
        "hostInterfaces: this host does not offer wasmcloud:messaging/producer, which no component imports",
    );
    const importing = [{ name: "importing", image: await imageOf("undeclared-import") }];
    expect(await harness.start({ witWorld: { components: importing, hostInterfaces } })).toMatchObject({
      workloadState: "WORKLOAD_STATE_ERROR",
      message: expect.stringContaining("neither this host nor another component of the workload offers it"),
    });
  });

  test("whose wasi:http is not declared is ERROR", async () => {
    const components = [{ name: "hello", image: await imageOf("http-hello") }];
    const status = await harness.start({ witWorld: { components } });
    expect(status.message).toContain("the workload does not declare it under hostInterfaces");
  });

  test("that failed can be started again under its id, and says why until then", async () => {
    const workloadId = "again";
    const components = [{ name: "hello", image: await imageOf("http-hello") }];
    await harness.start({ witWorld: { components } }, workloadId);
    expect(await harness.protocol.status(harness.host.id, workloadId)).toMatchObject({
      workloadState: "WORKLOAD_STATE_ERROR",
    });
    const declared = { witWorld: { components, hostInterfaces: [http(["incoming-handler"], { host: "again.test" })] } };
    expect(await harness.start(declared, workloadId)).toMatchObject({ workloadState: "WORKLOAD_STATE_RUNNING" });
  });

  test("of bytes that are no component is ERROR", async () => {
    const status = await harness.start({ witWorld: { components: [{ name: "text", image: "file:///etc/hostname" }] } });
    expect(status.message).toContain("failed to pull component image");
    expect(status.message).toContain("HOLDFAST_HOST_FILE_ROOTS");
  });

  test("is listed with its components, their digests and their calls", async () => {
    const hello = await harness.run("http-hello");
    await hello.get("/");
    const { workloads } = await harness.agent.ListWorkloads({});
    const report = workloads.find(({ workloadId }) => workloadId === hello.workloadId);
    const { readFile } = await import("node:fs/promises");
    const bytes = await readFile(new URL(await imageOf("http-hello")));
    expect(report?.components).toMatchObject([
      {
        name: "http-hello",
        digest: `sha256:${createHash("sha256").update(bytes).digest("hex")}`,
        calls: 1,
        failures: 0,
      },
    ]);
    expect(report?.components[0]?.exports.join()).toContain("wasi:http/incoming-handler");
  });

  test("is described without the values of its environment and config", async () => {
    const components = [
      { name: "c", image: await imageOf("http-config"), localResources: { environment: { TOKEN: "s3cr3t" } } },
    ];
    const hostInterfaces = [http(["incoming-handler"], { host: "secret.test" })];
    const { workloadId } = await harness.start({ witWorld: { components: [], hostInterfaces } });
    const failing = await harness.start({ witWorld: { components, hostInterfaces } });
    const text = JSON.stringify(await harness.agent.DescribeWorkload({ workloadId: failing.workloadId }));
    expect(text).toContain("TOKEN");
    expect(text).not.toContain("s3cr3t");
    await harness.agent.StopWorkload({ workloadId });
  });

  test("that is stopped answers no more, and its route is gone", async () => {
    const hello = await harness.run("http-hello");
    await harness.agent.StopWorkload({ workloadId: hello.workloadId });
    expect(await waitFor(async () => (await hello.get("/")).status === 421)).toBe(true);
  });

  test("of the same tenant shares a route with its replica", async () => {
    const components = [{ name: "hello", image: await imageOf("http-hello") }];
    const witWorld = { components, hostInterfaces: [http(["incoming-handler"], { host: "shared.test" })] };
    const first = await harness.start({ witWorld });
    const second = await harness.start({ witWorld });
    const other = await harness.start({ namespace: "other", witWorld });
    expect([first.workloadState, second.workloadState]).toEqual(["WORKLOAD_STATE_RUNNING", "WORKLOAD_STATE_RUNNING"]);
    expect(other).toMatchObject({ workloadState: "WORKLOAD_STATE_ERROR" });
    expect(other.message).toContain("another namespace");
    await Promise.all([1, 2, 3, 4].map(() => call(harness.host.http, "shared.test", "/")));
    const { workloads } = await harness.agent.ListWorkloads({});
    const calls = [first, second].map(
      ({ workloadId }) => workloads.find((each) => each.workloadId === workloadId)?.components[0]?.calls,
    );
    expect(calls).toEqual([2, 2]);
  });
});

describe("a host", () => {
  test("shows its operations and schemas to nats micro info", async () => {
    const info = (await harness.nc.request("$SRV.INFO.host-agent")).json<{ endpoints: { subject: string }[] }>();
    expect(info.endpoints.map(({ subject }) => subject)).toContain(`host-agent.v1.${harness.host.id}.StartWorkload`);
  });

  test("tells its labels, what it offers and its HTTP port", async () => {
    const { heartbeat, state, httpUrl } = await harness.agent.Inspect({});
    expect(state).toBe("ready");
    expect(heartbeat.labels).toEqual({ hostgroup: "default", zone: "eu-1", "holdfast.dev/state": "ready" });
    expect(httpUrl).toBe(harness.host.http);
    expect(heartbeat.httpPort).toBe(Number(new URL(httpUrl).port));
    expect(heartbeat.imports).toContainEqual(expect.objectContaining({ package: "http", namespace: "wasi" }));
  });

  test("that drains refuses starts and says so, until it is told otherwise", async () => {
    expect(await harness.agent.Drain({})).toEqual({ state: "draining" });
    expect((await harness.start({})).message).toContain("is draining");
    expect((await harness.agent.Heartbeat({})).labels["holdfast.dev/state"]).toBe("draining");
    expect(await harness.agent.Drain({ isDraining: false })).toEqual({ state: "ready" });
    expect(await harness.start({})).toMatchObject({ workloadState: "WORKLOAD_STATE_RUNNING" });
  });

  test("that is told to stop finishes the call in hand and says that it is gone", async () => {
    await using host = await startHost({
      natsUrl: harness.nats.url,
      env: { HOLDFAST_HOST_ID: "leaving", HOLDFAST_HOST_FILE_ROOTS: "/" },
    });
    const states: (string | undefined)[] = [];
    const watch = watchHeartbeats(harness.nc, {
      onHeartbeat: ({ id, labels }: HostHeartbeat) =>
        void (id === "leaving" && states.push(labels["holdfast.dev/state"])),
    });
    await harness.nc.flush();
    const components = [{ name: "sleep", image: await imageOf("http-sleep") }];
    const witWorld = { components, hostInterfaces: [http(["incoming-handler"])] };
    await hostClient(harness.nc).start(host.id, { workloadId: "w", workload: { namespace: "n", name: "n", witWorld } });
    const slow = call(host.http, "any.test", "/500");
    const agent = client(harness.nc, hostAgent, { instance: host.id });
    const begun = async () => (await agent.ListWorkloads({})).workloads[0]?.components[0]?.calls;
    await waitFor(async () => (await begun()) === 1, { what: "the call in hand" });
    const stopped = host.process.stop();
    expect((await slow).status).toBe(200);
    expect(await stopped).toMatchObject({ code: 0 });
    await waitFor(() => states.includes("stopped"));
    watch.close();
    expect(states).toEqual(["draining", "stopped"]);
  });
});
