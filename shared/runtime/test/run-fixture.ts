import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { waitFor } from "@holdfast/testkit";

export type Line = Record<string, unknown>;

const running = new Set<ChildProcess>();

/** Starts the fixture as a real process; `endAll` after each test. */
export function runFixture(env: NodeJS.ProcessEnv, args: readonly string[] = []) {
  const file = fileURLToPath(new URL("fixtures/process.fixture.ts", import.meta.url));
  const inherited = { PATH: process.env["PATH"], HOME: process.env["HOME"] };
  const child = spawn(process.execPath, [file, ...args], { env: { ...inherited, ...env } });
  running.add(child);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const lines = (): Line[] =>
    stdout
      .split("\n")
      .slice(0, -1)
      .map((line) => JSON.parse(line));
  const line = (msg: string) =>
    waitFor(() => lines().find((line) => line["msg"] === msg), { timeoutMs: 15_000, what: `the line "${msg}"` });
  const exit = async (): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) await once(child, "close");
    return child.exitCode;
  };
  return { child, lines, line, exit, stdout: () => stdout, stderr: () => stderr };
}

export async function endAll(): Promise<void> {
  for (const child of running) child.kill("SIGKILL");
  running.clear();
}
