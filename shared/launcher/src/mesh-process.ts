/**
 * One process of the mesh, seen from its launcher. The process writes its log to a file of its own, not to a pipe: a launcher
 * that is busy or gone can neither block nor break it. The line that says "ready" is read from that file.
 *
 * States: starting -> ready -> stopping -> exited; any of them may go to exited at any time.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, fstatSync, openSync } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";

/**
 * V8 counts bodies on their way (64 KiB for each read of a socket) as memory outside of its heap, and by itself collects everything
 * whenever 64 MiB of it have come together. In a small young generation most are gone before, and with the second flag it is the whole
 * that decides: a third less CPU per MiB, and no more memory. docs/performance.md has the figures; deploy/Dockerfile says the same.
 */
const nodeFlags = ["--max-semi-space-size=4", "--external-memory-accounted-in-global-limit"];

/**
 * Where Node keeps what it compiled. Types are stripped and sources compiled once and not at every start: 0.35 s of CPU for a process
 * instead of 0.75. Entries are looked up by the content of the source. A folder that cannot be written costs the gain, and no start.
 */
const compileCache = join(
  process.env["HOLDFAST_CACHE_DIR"] ?? fileURLToPath(new URL("../../../.cache", import.meta.url)),
  "compiled",
);

/** Coverage is counted less exactly in functions that come from the cache. */
const withCompileCache = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  env["NODE_V8_COVERAGE"] === undefined ? { NODE_COMPILE_CACHE: compileCache, ...env } : env;

/** The line that a process of the mesh logs when it can take calls. What it adds (the edge: `s3`) stays in. */
export const ReadyLine = z.looseObject({
  msg: z.literal("ready"),
  service: z.string().optional(),
  admin: z.string().optional(),
});
export type ReadyLine = z.output<typeof ReadyLine>;

export type LaunchOptions = {
  /** For messages: `s3-edge`. */
  name: string;
  /** The program: a TypeScript file for the Node that runs the launcher. */
  script: string;
  args?: readonly string[];
  /** The whole environment of the process, besides NODE_COMPILE_CACHE: nothing is inherited that is not in here. */
  env: NodeJS.ProcessEnv;
  /** Appended to; mode 0600. */
  logFile: string;
  cwd?: string;
  /** Default 30 s. */
  readyTimeoutMs?: number;
  /** Gives up early, e.g. when the launcher was told to stop. */
  signal?: AbortSignal;
};

export type ProcessExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type MeshProcess = {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** What it said when it was ready. */
  readonly ready: ReadyLine;
  /** Settles when it ends, for whatever reason. */
  readonly exited: Promise<ProcessExit>;
  /** True while it runs. */
  isRunning(): boolean;
  /** SIGTERM, so that it drains; SIGKILL after the time given (default 15 s). */
  stop(timeoutMs?: number): Promise<ProcessExit>;
  /** Sends a signal (default SIGKILL) and waits until it is gone. */
  kill(signal?: NodeJS.Signals): Promise<ProcessExit>;
};

/** A process that did not become ready. `logTail` is the end of what it wrote. */
export class LaunchError extends Error {
  override readonly name = "LaunchError";
  readonly exit: ProcessExit | undefined;
  readonly logTail: string;

  constructor(message: string, exit: ProcessExit | undefined, logTail: string) {
    super(logTail === "" ? message : `${message}\n${logTail.replaceAll(/^/gm, "  ")}`);
    this.exit = exit;
    this.logTail = logTail;
  }
}

/** Starts a process and resolves when it says that it is ready. Rejects with LaunchError; nothing is left running then. */
export async function launchProcess(options: LaunchOptions): Promise<MeshProcess> {
  const { name, script, args = [], env, logFile, cwd, readyTimeoutMs = 30_000, signal } = options;
  signal?.throwIfAborted();
  await mkdir(dirname(logFile), { recursive: true, mode: 0o700 });
  const log = openSync(logFile, "a", 0o600);
  const from = fstatSync(log).size;
  const child = spawn(process.execPath, [...nodeFlags, script, ...args], {
    env: withCompileCache(env),
    stdio: ["ignore", log, log],
    // a process group of its own: Ctrl-C reaches the launcher only, which stops the mesh in order
    detached: true,
    ...(cwd === undefined ? {} : { cwd }),
  });
  closeSync(log);
  const exited = exitOf(child);
  stopWithUs(child, exited);
  try {
    if (child.pid === undefined) await once(child, "spawn");
    const ready = await untilReady({ logFile, from, exited, timeoutMs: readyTimeoutMs, ...(signal && { signal }) });
    return toMeshProcess(child, { name, logFile, ready, exited });
  } catch (error) {
    const endedByItself = !isRunning(child);
    child.kill("SIGKILL");
    const exit = await exited;
    const message = error instanceof Error ? error.message : String(error);
    throw new LaunchError(
      `${name} did not start: ${message}; its log is ${logFile}`,
      endedByItself ? exit : undefined,
      await tail(logFile, from),
    );
  }
}

function toMeshProcess(
  child: ChildProcess,
  { exited, ...seen }: { name: string; logFile: string; ready: ReadyLine; exited: Promise<ProcessExit> },
): MeshProcess {
  return {
    ...seen,
    exited,
    pid: child.pid ?? 0,
    isRunning: () => isRunning(child),
    async stop(timeoutMs = 15_000) {
      if (!isRunning(child)) return exited;
      child.kill("SIGTERM");
      const hard = setTimeout(() => child.kill("SIGKILL"), timeoutMs);
      return exited.finally(() => clearTimeout(hard));
    },
    kill(signal = "SIGKILL") {
      if (isRunning(child)) child.kill(signal);
      return exited;
    },
  };
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

function exitOf(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((settle) => {
    child.once("exit", (code, signal) => settle({ code, signal }));
    child.once("error", () => settle({ code: null, signal: null }));
  });
}

const ours = new Set<ChildProcess>();

/** A launcher that leaves without stopping its processes must not leave them behind. One hook for all of them. */
function stopWithUs(child: ChildProcess, exited: Promise<ProcessExit>): void {
  if (ours.size === 0) process.once("exit", stopAll);
  ours.add(child);
  void exited.then(() => forget(child));
}

function forget(child: ChildProcess): void {
  ours.delete(child);
  if (ours.size === 0) process.removeListener("exit", stopAll);
}

function stopAll(): void {
  for (const child of ours) child.kill("SIGTERM");
}

type Waiting = {
  logFile: string;
  from: number;
  exited: Promise<ProcessExit>;
  timeoutMs: number;
  signal?: AbortSignal;
};

async function untilReady({ logFile, from, exited, timeoutMs, signal }: Waiting): Promise<ReadyLine> {
  const deadline = Date.now() + timeoutMs;
  let exit: ProcessExit | undefined;
  void exited.then((seen) => (exit = seen));
  const unread = lineReader(logFile, from);
  while (Date.now() < deadline) {
    signal?.throwIfAborted();
    const hasExited = exit;
    for (const line of await unread()) {
      const ready = parseReadyLine(line);
      if (ready !== undefined) return ready;
    }
    if (hasExited !== undefined) {
      throw new Error(`it exited with ${hasExited.signal ?? `code ${hasExited.code ?? "unknown"}`}`);
    }
    await new Promise((wake) => setTimeout(wake, 15));
  }
  throw new Error(`it was not ready within ${timeoutMs / 1000} s`);
}

/** The ready line, or undefined for any other line of a log. */
export function parseReadyLine(line: string): ReadyLine | undefined {
  if (!line.startsWith("{") || !line.includes('"ready"')) return undefined;
  try {
    return ReadyLine.safeParse(JSON.parse(line)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Each call gives the complete lines that were written since the last one. */
function lineReader(file: string, from: number): () => Promise<string[]> {
  let position = from;
  return async () => {
    const bytes = await readFrom(file, position);
    const end = bytes.lastIndexOf("\n") + 1;
    position += end;
    return bytes.toString("utf8", 0, end).split("\n");
  };
}

async function readFrom(file: string, position: number): Promise<Buffer> {
  await using handle = await open(file, "r");
  const { size } = await handle.stat();
  const buffer = Buffer.alloc(Math.max(0, size - position));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
  return buffer.subarray(0, bytesRead);
}

async function tail(file: string, from: number, lines = 15): Promise<string> {
  return (await readFrom(file, from)).toString().trimEnd().split("\n").slice(-lines).join("\n");
}
