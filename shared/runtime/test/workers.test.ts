/** A process that is several, over a real nats-server. */
import { startNats, type TestNats, waitFor } from "@holdfast/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { endAll, runFixture } from "./run-fixture.ts";

let nats: TestNats;
beforeAll(async () => {
  nats = await startNats();
});
afterEach(endAll);
afterAll(() => nats.stop());

const Workers = z.array(z.object({ worker: z.int(), pid: z.int(), ready: z.boolean() }));

function runTwo(env: Record<string, string> = {}) {
  const fixture = runFixture({ HOLDFAST_NATS_URL: nats.url, HOLDFAST_WORKERS: "2", ...env });
  const page = async (path: string) => fetch(`${String((await fixture.line("ready"))["admin"])}${path}`);
  const workers = async () => Workers.parse(await (await page("/workers")).json());
  return { ...fixture, page, workers };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("a process of several workers", () => {
  test("says ready once, when all are, and shows them, their health and their pages in one place", async () => {
    const { lines, line, page, workers } = runTwo({ HOLDFAST_LOG_LEVEL: "error" });
    expect(await line("ready")).toMatchObject({ extra: "told", workers: 2, admin: expect.stringContaining("http://") });
    expect((await workers()).map(({ ready }) => ready)).toEqual([true, true]);
    expect([(await page("/healthz")).status, await (await page("/count")).json()]).toEqual([200, { one: 2 }]);
    expect((await page("/nothing")).status).toBe(404);
    const metrics = await (await page("/metrics")).text();
    expect(metrics).toContain("holdfast_workers_ready 2");
    expect(metrics).toContain("holdfast_event_loop_delay_max_seconds");
    expect(lines().filter(({ msg }) => msg === "ready")).toHaveLength(1);
  });

  test("is not healthy and says whose NATS connection is lost", async () => {
    await using own = await startNats();
    const { page } = runTwo({ HOLDFAST_NATS_URL: own.url });
    expect((await page("/healthz")).status).toBe(200);
    await own.kill();
    await waitFor(async () => (await page("/healthz")).status === 503, { timeoutMs: 10_000 });
    await waitFor(async () => /worker 1\/nats.*worker 2\/nats/s.test(await (await page("/healthz")).text()));
  });

  test.for(["SIGTERM", "SIGINT"] as const)("drains all of them on %s and exits 0", async (signal) => {
    const { child, line, lines, exit, workers } = runTwo();
    await line("ready");
    const pids = (await workers()).map(({ pid }) => pid);
    child.kill(signal);
    expect(await exit()).toBe(0);
    expect(lines().filter(({ msg, worker }) => msg === "stopped" && worker !== undefined)).toHaveLength(2);
    expect(lines().at(-1)).toMatchObject({ msg: "stopped" });
    expect(pids.filter(isRunning)).toEqual([]);
  });

  test("exits at once on a second signal, with all of them", async () => {
    const { child, line, exit, workers } = runTwo({ HOLDFAST_DRAIN: "never" });
    await line("ready");
    const pids = (await workers()).map(({ pid }) => pid);
    child.kill("SIGTERM");
    await line("stopping");
    child.kill("SIGTERM");
    expect(await exit()).toBe(1);
    await waitFor(() => !pids.some(isRunning), { timeoutMs: 2_000 });
  });

  test("leaves no worker behind when it is killed", async () => {
    const { child, line, workers } = runTwo({ HOLDFAST_DRAIN: "never" });
    await line("ready");
    const pids = (await workers()).map(({ pid }) => pid);
    child.kill("SIGKILL");
    await waitFor(() => !pids.some(isRunning), { timeoutMs: 2_000 });
    expect(pids).toHaveLength(2);
  });

  test("replaces a worker that was killed, or told to stop alone, while the others go on", async () => {
    const { line, lines, page, workers } = runTwo({ HOLDFAST_WORKERS: "3" });
    await line("ready");
    const [first, second, third] = await workers();
    process.kill(first?.pid ?? 0, "SIGKILL");
    expect((await page("/healthz")).status).toBe(200);
    process.kill(second?.pid ?? 0, "SIGTERM");
    const ids = async () => (await workers()).filter(({ ready }) => ready).map(({ worker }) => worker);
    await waitFor(async () => JSON.stringify(await ids()) === "[3,4,5]", { timeoutMs: 10_000 });
    expect((await workers())[0]?.pid).toBe(third?.pid);
    expect(lines().filter(({ msg }) => msg === "a worker ended: another one takes its place")).toMatchObject([
      { ended: 1, signal: "SIGKILL", pauseMs: 0 },
      { ended: 2, code: 0, pauseMs: 0 },
    ]);
  });

  test("does not start when a worker cannot: its words once, its exit code", async () => {
    const { exit, stderr } = runTwo({ HOLDFAST_START: "refuses" });
    expect(await exit()).toBe(2);
    expect(stderr()).toBe("holdfast: HOLDFAST_START: refused; change it\n");
  });

  test("writes whole lines, however many write at once", async () => {
    const { child, line, exit, stdout } = runTwo({ HOLDFAST_START: "logs a lot" });
    await line("ready");
    child.kill("SIGTERM");
    expect(await exit()).toBe(0);
    const broken = stdout()
      .split("\n")
      .slice(0, -1)
      .filter((text) => !/^\{.*\}$/.test(text) || /\}\{/.test(text));
    expect(broken).toEqual([]);
    expect(stdout().split('"a line of many').length - 1).toBe(2 * 20_000);
  });
});
