import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { launchProcess, LaunchError, parseReadyLine } from "../src/index.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-launcher-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function launch(program: string, more: { readyTimeoutMs?: number; signal?: AbortSignal } = {}) {
  const script = join(folder, "program.mjs");
  await writeFile(script, program);
  return launchProcess({
    name: "program",
    script,
    env: { NAME: "value" },
    logFile: join(folder, "logs/program.log"),
    ...more,
  });
}

async function launchError(program: string, more?: { readyTimeoutMs?: number }): Promise<LaunchError> {
  const error: unknown = await launch(program, more).catch((error: unknown) => error);
  if (error instanceof LaunchError) return error;
  throw new Error("it started");
}

const stayReady = `console.log(JSON.stringify({ msg: "ready", service: "program", s3: "http://127.0.0.1:1", env: process.env.NAME }));
setInterval(() => {}, 1000);`;

describe("launchProcess", () => {
  test("resolves with what the process says when it is ready", async () => {
    const child = await launch(`console.log("starting");\n${stayReady}`);
    expect(child.ready).toMatchObject({ service: "program", s3: "http://127.0.0.1:1", env: "value" });
    expect(child.isRunning()).toBe(true);
    expect(await child.kill()).toEqual({ code: null, signal: "SIGKILL" });
    expect(child.isRunning()).toBe(false);
  });

  test("waits for the ready line of this start, not of an earlier one in the same log", async () => {
    const first = await launch(stayReady);
    await first.kill();
    expect((await launchError("process.exit(3)")).exit).toEqual({ code: 3, signal: null });
  });

  test("rejects with the exit code and the end of the log when the process ends", async () => {
    const error = await launchError(`console.error("holdfast: HOLDFAST_X: is missing"); process.exit(2);`);
    expect(error.exit?.code).toBe(2);
    expect(error.message).toMatch(/program did not start: it exited with code 2[^]*HOLDFAST_X: is missing/);
  });

  test("ends a process that is never ready", async () => {
    const error = await launchError(`console.log(process.pid); setInterval(() => {}, 1000);`, {
      readyTimeoutMs: 3_000,
    });
    expect(error.message).toContain("it was not ready within 3 s");
    const pid = Number((await readFile(join(folder, "logs/program.log"), "utf8")).trim());
    expect(() => process.kill(pid, 0)).toThrow("ESRCH");
  });

  test("lets it drain on SIGTERM, and kills it when it does not", async () => {
    const polite = await launch(`process.on("SIGTERM", () => process.exit(0));\n${stayReady}`);
    expect(await polite.stop()).toEqual({ code: 0, signal: null });
    const deaf = await launch(`process.on("SIGTERM", () => {});\n${stayReady}`);
    expect(await deaf.stop(50)).toEqual({ code: null, signal: "SIGKILL" });
  });

  test("keeps the log from other users", async () => {
    const child = await launch(stayReady);
    await child.kill();
    expect((await stat(child.logFile)).mode & 0o777).toBe(0o600);
  });
});

describe("the ready line", () => {
  test.for([
    ['{"msg":"ready","service":"auth","admin":"http://127.0.0.1:1"}', true],
    ['{"msg":"not ready","service":"auth"}', false],
    ['{"msg":"ready"', false],
    ["ready", false],
  ] as const)("%s: %s", ([line, expected]) => {
    expect(parseReadyLine(line) !== undefined).toBe(expected);
  });
});
