/** What a component that means harm does to itself, and does not do to others. */
import { waitFor } from "@holdfast/testkit";
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, type Harness, http, imageOf, type RunningWorkload, startHarness } from "./harness.ts";

let harness: Harness;
let hostile: RunningWorkload;
let neighbour: RunningWorkload;
beforeAll(async () => {
  harness = await startHarness({
    HOLDFAST_HOST_CPU_TIMEOUT: "300ms",
    HOLDFAST_HOST_CALL_TIMEOUT: "5s",
    HOLDFAST_HOST_MEMORY_LIMIT_MB: "16",
    HOLDFAST_HOST_MAX_BODY_BYTES: String(4 * 1024 * 1024),
  });
  [hostile, neighbour] = await Promise.all([harness.run("http-hostile"), harness.run("http-hello")]);
});
afterAll(() => harness[Symbol.asyncDispose]());

const isBack = () =>
  waitFor(async () => (await hostile.get("/")).status === 200, { timeoutMs: 15_000, what: "the workload is back" });

describe("a component that", () => {
  test("loops is ended, its caller told why, its workload started anew, and its neighbour answers meanwhile", async () => {
    const looping = hostile.get("/loop");
    // how fast: neighbour.test.ts
    for (let i = 0; i < 20; i++) expect((await neighbour.get("/")).status).toBe(200);
    const answer = await looping;
    expect(answer.status).toBe(502);
    expect(answer.body).toContain("burned 0.3 s of CPU");
    await isBack();
    const { workloads } = await harness.agent.ListWorkloads({});
    const report = workloads.find(({ workloadId }) => workloadId === hostile.workloadId);
    expect(report).toMatchObject({ state: "WORKLOAD_STATE_RUNNING", restarts: 1 });
    expect(report?.message).toContain("burned 0.3 s of CPU");
  });

  test("loops is ended, too, when its caller has gone and nobody asks again", async () => {
    const restarts = async () => {
      const { workloads } = await harness.agent.ListWorkloads({});
      return workloads.find(({ workloadId }) => workloadId === hostile.workloadId)?.restarts ?? 0;
    };
    const before = await restarts();
    const impatient = request(new URL("/loop", harness.host.http), { headers: { host: hostile.hostName } });
    impatient.on("error", () => undefined).end();
    setTimeout(() => impatient.destroy(), 200);
    const isAnew = async () => (await restarts()) > before;
    expect(await waitFor(isAnew, { timeoutMs: 25_000, what: "the worker was started anew" })).toBe(true);
    await isBack();
  });

  test("allocates gets what its limit allows", async () => {
    const { status, body } = await hostile.get("/alloc");
    expect(status).toBe(200);
    expect(Number(/\d+/.exec(body)?.[0])).toBeLessThanOrEqual((16 * 1024 * 1024) / 65_536);
  });

  test("uses more than its cpuLimit is held back, and told so", async () => {
    const image = await imageOf("http-hostile");
    const limited = await harness.run({ name: "limited", image, localResources: { cpuLimit: 50 } });
    const { workloadId } = limited;
    const isTold = async () => {
      expect((await limited.get("/burn")).status).toBe(200);
      const { lines } = await harness.agent.Logs({ workloadId });
      return lines.some(({ message }) => message.includes("cpuLimit of 50 thousandths"));
    };
    await waitFor(isTold, { timeoutMs: 30_000, what: "the line in its log" });
  });

  test.for(["/trap", "/deep", "/silent", "/exit"])(
    "does %s is 502 for its caller and fine for the next",
    async (path) => {
      expect((await hostile.get(path)).status).toBe(502);
      expect((await hostile.get("/")).status).toBe(200);
    },
  );

  test("answers without end is cut off at the body limit", async () => {
    await expect(hostile.get("/flood")).rejects.toThrow("aborted");
    await isBack();
  });

  test("opens sockets gets no further than its workload's own loopback", async () => {
    // connecting: refused (14), for nothing listens there; binding and looking up a name: access denied (1)
    expect(await hostile.get("/sockets")).toMatchObject({ status: 200, body: " 14 1 1" });
  });

  test("reads / finds the volumes that it was given, and no way out of them", async () => {
    expect(await hostile.get("/files")).toMatchObject({ status: 200, body: "" });
    const localResources = { volumeMounts: [{ name: "v", mountPath: "/v" }] };
    const components = [{ name: "reader", image: await imageOf("http-hostile"), localResources }];
    const hostInterfaces = [http(["incoming-handler"], { host: "reader.test" })];
    await harness.start({ volumes: [{ name: "v", emptyDir: {} }], witWorld: { components, hostInterfaces } });
    // ../../etc/passwd and /etc/passwd: not permitted (31)
    expect((await call(harness.host.http, "reader.test", "/files")).body).toBe("/v 31 31 opened\n");
  });

  test("answers with 10,000 headers is refused, and its neighbour answers", async () => {
    const { status, body } = await hostile.get("/headers");
    expect(status).toBe(502);
    expect(body).toContain("HTTP-response-header-section-size");
    expect((await hostile.get("/")).status).toBe(200);
    expect((await neighbour.get("/")).status).toBe(200);
  });

  test("leaves something behind leaves nothing for the next call", async () => {
    const probe = await harness.run("http-leak-probe");
    const first = (await probe.get("/a")).body;
    for (const path of ["/b", "/grow", "/c", "/table", "/d"]) {
      expect((await probe.get(path)).body.split(" ")[0]).toBe("0");
    }
    await probe.get("/trap").catch(() => undefined);
    expect((await probe.get("/a")).body).toBe(first);
  });

  test("keeps its state in a warm pool, and is retired after maxInvocations", async () => {
    const image = await imageOf("http-leak-probe");
    const probe = await harness.run({ name: "probe", image, poolSize: 1, maxInvocations: 2 });
    const counts = [];
    for (let i = 0; i < 4; i++) counts.push((await probe.get("/x")).body.split(" ")[0]);
    expect(counts).toEqual(["0", "1", "0", "1"]);
  });
});

describe("a workload in a process of its own", () => {
  test("answers, and is started anew when it is killed", async () => {
    const workload = {
      annotations: { "holdfast.dev/isolation": "process" },
      witWorld: {
        components: [{ name: "hello", image: await imageOf("http-hostile") }],
        hostInterfaces: [http(["incoming-handler"], { host: "process.test" })],
      },
    };
    expect(await harness.start(workload)).toMatchObject({ workloadState: "WORKLOAD_STATE_RUNNING" });
    const get = (path: string) => call(harness.host.http, "process.test", path);
    expect((await get("/")).status).toBe(200);
    expect((await get("/loop")).body).toContain("burned 0.3 s of CPU");
    await waitFor(async () => (await get("/")).status === 200, { timeoutMs: 15_000 });
  });
});
