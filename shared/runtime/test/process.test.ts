/** The life of a real process over a real nats-server. */
import { createServer, type IncomingMessage } from "node:http";
import { startNats, type TestNats, waitFor } from "@holdfast/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { endAll, runFixture } from "./run-fixture.ts";

let nats: TestNats;
beforeAll(async () => {
  nats = await startNats();
});
afterEach(endAll);
afterAll(() => nats.stop());
const environment = () => ({ HOLDFAST_NATS_URL: nats.url });

describe("a process", () => {
  test("says ready with its admin address at any log level, and shows health and metrics there", async () => {
    const ready = await runFixture({ ...environment(), HOLDFAST_LOG_LEVEL: "error" }).line("ready");
    expect(ready).toMatchObject({ service: "fixture", extra: "told" });
    const admin = String(ready["admin"]);
    expect(new URL(admin).hostname).toBe("127.0.0.1");
    const health = await fetch(`${admin}/healthz`);
    expect([health.status, await health.json()]).toEqual([200, { status: "ready" }]);
    const metrics = await (await fetch(`${admin}/metrics`)).text();
    expect(metrics).toContain("process_cpu_seconds_total");
    expect(metrics).toContain("holdfast_event_loop_delay_p99_seconds");
    expect(metrics).toContain("holdfast_event_loop_delay_max_seconds");
    expect((await fetch(`${admin}/nothing`)).status).toBe(404);
    expect((await fetch(`${admin}/healthz`, { method: "POST" })).status).toBe(405);
  });

  test("is not ready and says why while NATS is down, and ready again after", async () => {
    await using own = await startNats();
    const ready = await runFixture({ HOLDFAST_NATS_URL: own.url }).line("ready");
    await own.kill();
    const health = async () => (await fetch(`${String(ready["admin"])}/healthz`)).json();
    await waitFor(async () => JSON.stringify(await health()).includes("NATS does not answer"), { timeoutMs: 10_000 });
    await own.restart();
    await waitFor(async () => JSON.stringify(await health()) === '{"status":"ready"}', { timeoutMs: 10_000 });
    expect((await fetch(`${String(ready["admin"])}/healthz`)).status).toBe(200);
  });

  test.for(["SIGTERM", "SIGINT"] as const)("drains phase by phase on %s and exits 0", async (signal) => {
    const { child, line, exit, lines } = runFixture(environment());
    await line("ready");
    child.kill(signal);
    expect(await exit()).toBe(0);
    const phases = lines().flatMap(({ phase }) => (phase === undefined ? [] : [phase]));
    expect(phases).toEqual(["drain", "nats", "telemetry", "admin"]);
  });

  test("exits at once on a second signal", async () => {
    const { child, line, exit } = runFixture({ ...environment(), HOLDFAST_DRAIN: "never" });
    await line("ready");
    child.kill("SIGTERM");
    await line("stopping");
    child.kill("SIGTERM");
    expect(await exit()).toBe(1);
  });

  test.for([
    { HOLDFAST_DRAIN: "never", HOLDFAST_DRAIN_TIMEOUT: "50ms", said: "time is up: going on without the rest" },
    { HOLDFAST_DRAIN: "fails", HOLDFAST_DRAIN_TIMEOUT: "5000ms", said: "stopping went wrong" },
  ])("stops although its drain $HOLDFAST_DRAIN ends well", async ({ said, ...env }) => {
    const { child, line, exit, lines } = runFixture({ ...environment(), ...env });
    await line("ready");
    child.kill("SIGTERM");
    expect(await exit()).toBe(0);
    expect(lines().map(({ msg }) => msg)).toEqual(expect.arrayContaining([said, "stopped"]));
  });

  test("stops also while NATS is away", async () => {
    await using own = await startNats();
    const { child, line, exit } = runFixture({ HOLDFAST_NATS_URL: own.url });
    await line("ready");
    await own.kill();
    await line("NATS connection lost");
    child.kill("SIGTERM");
    expect(await exit()).toBe(0);
  });

  test("can be stopped before it is ready", async () => {
    const { child, line, exit } = runFixture({
      ...environment(),
      HOLDFAST_START: "never",
      HOLDFAST_LOG_LEVEL: "debug",
    });
    await line("NATS connected");
    child.kill("SIGTERM");
    expect(await exit()).toBe(0);
  });

  test("ends with 1 and a logged stack when a promise fails that nobody awaits", async () => {
    const { exit, lines } = runFixture({ ...environment(), HOLDFAST_START: "rejects later" });
    expect(await exit()).toBe(1);
    const fatal = lines().find(({ level }) => level === "fatal");
    expect(fatal?.["err"]).toMatchObject({ message: "nobody awaits this", stack: expect.stringContaining("fixture") });
  });

  test("writes no secret, signature or presigned query to its log", async () => {
    const { line, stdout } = runFixture({ ...environment(), HOLDFAST_START: "logs secrets" });
    await line("ready");
    expect(stdout()).toContain("X-Amz-Signature=[redacted]");
    expect(stdout()).not.toMatch(/5ec2e7|AKIA/);
  });
});

describe("a process that cannot start", () => {
  test("reports every problem of its configuration at once and exits 2, without repeating a value", async () => {
    const env = { ...environment(), HOLDFAST_ADMIN_PORT: "99999", HOLDFAST_SECRET_SIZE: "hunter1" };
    const { exit, stderr } = runFixture(env, ["--log-level", "loud", "--nats-pasword", "hunter2", "hunter3"]);
    expect(await exit()).toBe(2);
    const said = stderr().trim().split("\n");
    for (const name of ["HOLDFAST_ADMIN_PORT", "HOLDFAST_SECRET_SIZE", "HOLDFAST_LOG_LEVEL", "--nats-pasword"]) {
      expect(said.filter((line) => line.startsWith(`holdfast: ${name}: `))).toHaveLength(1);
    }
    expect(stderr()).not.toContain("hunter");
  });

  test("lets flags win over the environment", async () => {
    const { line } = runFixture({ HOLDFAST_NATS_URL: "nats://127.0.0.1:1" }, ["--nats-url", nats.url]);
    expect(await line("ready")).toHaveProperty("admin");
  });

  test.for([
    [{ HOLDFAST_NATS_CREDENTIALS_FILE: "/none" }, 2, "HOLDFAST_NATS_CREDENTIALS_FILE: cannot read /none"],
    [{ HOLDFAST_NATS_TLS_CA: "/none" }, 2, "HOLDFAST_NATS_TLS_CA: cannot read /none"],
    [{ HOLDFAST_NATS_URL: "nats://u:hunter2@127.0.0.1:1" }, 2, "HOLDFAST_NATS_URL: credentials do not belong in a URL"],
    [{ HOLDFAST_NATS_URL: "http://127.0.0.1:1" }, 2, 'HOLDFAST_NATS_URL: "http://127.0.0.1:1" is no NATS server'],
    [
      { HOLDFAST_NATS_USER: "u", HOLDFAST_NATS_TOKEN: "t" },
      2,
      "HOLDFAST_NATS_USER, HOLDFAST_NATS_TOKEN: more than one",
    ],
    [{ HOLDFAST_NATS_PASSWORD: "hunter2" }, 2, "HOLDFAST_NATS_USER: missing beside the password"],
    [{ HOLDFAST_NATS_TLS_KEY: "/dev/null" }, 2, "HOLDFAST_NATS_TLS_CERT, HOLDFAST_NATS_TLS_KEY: one without the other"],
  ] as const)("says for %j what is wrong", async ([env, code, said]) => {
    const { exit, stderr } = runFixture({ ...environment(), ...env });
    expect(await exit()).toBe(code);
    expect(stderr()).toContain(`holdfast: ${said}`);
    expect(stderr()).not.toContain("hunter2");
  });

  test("names the variable when its admin port is taken", async () => {
    const { exit, stderr } = runFixture({ ...environment(), HOLDFAST_ADMIN_PORT: String(nats.port) });
    expect(await exit()).toBe(2);
    expect(stderr()).toContain("holdfast: HOLDFAST_ADMIN_PORT: cannot listen on 127.0.0.1");
  });

  test("says which version a nats-server has that is too old", async () => {
    const { createServer: createTcpServer } = await import("node:net");
    // No old server is at hand: this one greets like one, which is all that the check reads.
    const old = createTcpServer((socket) => {
      socket.write('INFO {"server_id":"X","version":"2.10.27","max_payload":1048576,"headers":true,"proto":1}\r\n');
      socket.on("data", (chunk: Buffer) => chunk.includes("PING") && socket.write("PONG\r\n"));
      socket.on("error", () => socket.destroy());
    }).listen(0, "127.0.0.1");
    await waitFor(() => old.listening);
    const address = old.address();
    const port = typeof address === "object" && address ? address.port : 0;
    const { exit, stderr } = runFixture({ HOLDFAST_NATS_URL: `nats://127.0.0.1:${port}` });
    expect(await exit()).toBe(1);
    expect(stderr()).toMatch(/nats-server 2\.10\.27 .* is too old: Holdfast needs 2\.11 or newer/);
    old.close();
  });
});

describe("tracing", () => {
  test("sends spans under the service's name to the OTLP endpoint before the process ends, and no command line", async () => {
    const received: Buffer[] = [];
    const read = async (request: IncomingMessage) => {
      for await (const chunk of request) received.push(Buffer.from(chunk));
    };
    const collector = createServer((request, response) => {
      read(request).then(
        () => response.writeHead(200).end(),
        () => response.destroy(),
      );
    }).listen(0, "127.0.0.1");
    await waitFor(() => collector.listening);
    const address = collector.address();
    const endpoint = `http://127.0.0.1:${typeof address === "object" && address ? address.port : 0}`;
    const { child, line, exit } = runFixture({ ...environment(), HOLDFAST_START: "traces" }, [
      "--otel-exporter-otlp-endpoint",
      endpoint,
      "--nats-user",
      "anybody",
      "--nats-password",
      "hunter2",
    ]);
    const inside = await line("inside a span");
    expect(inside).toMatchObject({ requestId: "REQ1", trace_id: expect.stringMatching(/^[0-9a-f]{32}$/) });
    await line("ready");
    child.kill("SIGTERM");
    expect(await exit()).toBe(0);
    const sent = Buffer.concat(received).toString("latin1");
    expect(sent).toContain("service.name");
    expect(sent).toContain("fixture/Work");
    expect(sent).not.toContain("hunter2");
    collector.close();
  });
});
