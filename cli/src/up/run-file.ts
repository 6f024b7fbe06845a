/**
 * run.json says who runs in a data folder: one `holdfast up` at a time. When that one was killed (SIGKILL, power), its
 * children may still run and hold JetStream's files: the next start ends them first.
 */
import { open, readFile, rm } from "node:fs/promises";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { setTimeout as pause } from "node:timers/promises";
import { z } from "zod";
import { CliError, messageOf } from "../errors.ts";
import { type Home, readJsonFile, writeSecretFile } from "../home.ts";

const Child = z.object({ name: z.string(), pid: z.int().min(2), /** A part of its command line. */ mark: z.string() });
const RunState = z.object({ pid: z.int().min(2), startedAt: z.string(), children: z.array(Child) });
export type Child = z.output<typeof Child>;

export type RunFile = {
  /** Notes the processes of the moment; one write after the other. */
  update(children: readonly Child[]): void;
  release(): Promise<void>;
};

/** A part of the command line of `holdfast up`, whatever folder it was started from. */
const launcherMark = "main.ts";

/** Throws CliError when another `holdfast up` runs in this folder. */
export async function acquireRunFile(home: Home, warn: (line: string) => void): Promise<RunFile> {
  const startedAt = new Date().toISOString();
  const write = (children: readonly Child[]) =>
    writeSecretFile(home.runFile, `${JSON.stringify({ pid: process.pid, startedAt, children }, null, 2)}\n`);

  const previous = await readJsonFile(home.runFile, RunState);
  if (previous !== undefined) {
    if (await isRunning({ pid: previous.pid, mark: launcherMark })) throw alreadyRunning(home, previous);
    await endLeftovers(previous.children, warn);
    await rm(home.runFile, { force: true });
  }
  // of two that start at the same moment only one makes the file
  const file = await open(home.runFile, "wx", 0o600).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
    throw alreadyRunning(home, await readJsonFile(home.runFile, RunState).catch(() => undefined));
  });
  await file.close();
  await write([]);
  let last = Promise.resolve();
  return {
    update(children) {
      last = last.then(() => write(children)).catch((error: unknown) => warn(`${home.runFile}: ${messageOf(error)}`));
    },
    async release() {
      await last;
      await rm(home.runFile, { force: true });
    },
  };
}

/** Ends the `holdfast up` of this folder and what it started, or what a killed one left behind. The data stays. */
export async function stopRunning(
  home: Home,
  { timeoutMs, tell }: { timeoutMs: number; tell: (line: string) => void },
): Promise<"stopped" | "nothing" | "timeout"> {
  const state = await readJsonFile(home.runFile, RunState);
  if (state === undefined) return "nothing";
  const launcher = { pid: state.pid, mark: launcherMark };
  if (await isRunning(launcher)) {
    tell(`stopping holdfast up (process ${state.pid})`);
    send(state.pid, "SIGTERM");
    return (await hasEnded(launcher, timeoutMs)) ? "stopped" : "timeout";
  }
  await endLeftovers(state.children, tell);
  await rm(home.runFile, { force: true });
  return "stopped";
}

async function hasEnded(process: { pid: number; mark: string }, timeoutMs: number): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  while (await isRunning(process)) {
    if (Date.now() > deadline) return false;
    await pause(50);
  }
  return true;
}

function alreadyRunning(home: Home, other: { pid: number; startedAt: string } | undefined): CliError {
  const who = other === undefined ? "" : ` (process ${other.pid}, since ${other.startedAt})`;
  return new CliError(
    `another holdfast up runs on ${home.path}${who}; stop it with \`holdfast down\` or Ctrl-C, or choose another folder with --home and another --port`,
  );
}

/** nats-server last, so that the services can drain. */
async function endLeftovers(children: readonly Child[], onLeftover: (line: string) => void): Promise<void> {
  const isServer = ({ name }: Child) => name === "nats-server";
  const end = (child: Child) => endLeftover(child, onLeftover);
  await Promise.all(children.filter((child) => !isServer(child)).map(end));
  await Promise.all(children.filter(isServer).map(end));
}

async function endLeftover(child: Child, onLeftover: (line: string) => void): Promise<void> {
  if (!(await isRunning(child))) return;
  onLeftover(`ending ${child.name} (process ${child.pid}), left behind by a start that was killed`);
  send(child.pid, "SIGTERM");
  const deadline = Date.now() + 10_000;
  while (await isRunning(child)) {
    if (Date.now() > deadline) send(child.pid, "SIGKILL");
    await pause(50);
  }
}

/** True when the process lives and is what it was: process ids are used again. */
export async function isRunning({ pid, mark }: { pid: number; mark: string }): Promise<boolean> {
  if (pid === process.pid) return false;
  return send(pid, 0) && (await commandLine(pid)).includes(mark);
}

/** False when there is no such process (any more). */
function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // EPERM: it lives, but is somebody else's
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}

async function commandLine(pid: number): Promise<string> {
  const fromProc = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => undefined);
  if (fromProc !== undefined) return fromProc.replaceAll("\0", " ");
  // no /proc on macOS; a process that ended in the meantime has no command line
  const { stdout } = await promisify(execFile)("ps", ["-o", "args=", "-p", String(pid)]).catch(() => ({ stdout: "" }));
  return stdout;
}
