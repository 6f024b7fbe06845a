/** Runs one nats-server as a child process: starts it, knows when it is ready, stops, kills and restarts it. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { goMemory } from "./go-memory.ts";

export type StartNatsOptions = {
  /** The binary, from findNatsServer. */
  path: string;
  /** JetStream's folder; made when missing. The configuration, the log and the ports file lie beside its streams. */
  storeDir: string;
  /** Configuration text, without listen and store_dir: those come from the options here. */
  config?: string;
  /** Or a configuration file. */
  configFile?: string;
  /** 0 (the default): a free one, chosen by the server itself. A restart keeps it. */
  port?: number;
  /** Default 127.0.0.1: the embedded server is for this machine. */
  host?: string;
  /** Default `<storeDir>/nats-server.log`; appended to. */
  logFile?: string;
  /** How long it may take until clients can connect; recovering big streams takes a while. Default 60 s. */
  readyTimeoutMs?: number;
};

export type NatsExit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

export type NatsServerProcess = {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly storeDir: string;
  readonly logFile: string;
  /** Settles when the process of the moment ends, for whatever reason. */
  readonly exited: Promise<NatsExit>;
  /** Sends a signal and waits until the process is gone. Default SIGKILL. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Stops it in order (JetStream writes out what it holds); kills it after ten seconds. */
  stop(): Promise<void>;
  /** Stops it when it runs, then starts it again on the same port and data. */
  restart(): Promise<void>;
};

type Running = { child: ChildProcess; pid: number; port: number; exited: Promise<NatsExit> };

/** Starts nats-server with JetStream and resolves when clients can connect. Rejects with the end of its log. */
export async function startNatsServer(options: StartNatsOptions): Promise<NatsServerProcess> {
  const host = options.host ?? "127.0.0.1";
  const storeDir = resolve(options.storeDir);
  const logFile = resolve(options.logFile ?? join(storeDir, "nats-server.log"));
  await mkdir(storeDir, { recursive: true });
  const configFile = options.configFile ?? (await writeConfig(storeDir, options.config ?? ""));
  const start = (port: number) => launch({ ...options, host, storeDir, logFile, configFile, port });

  let running = await start(options.port ?? 0);
  return {
    get url() {
      return `nats://${host}:${running.port}`;
    },
    get port() {
      return running.port;
    },
    get pid() {
      return running.pid;
    },
    storeDir,
    logFile,
    get exited() {
      return running.exited;
    },
    async kill(signal = "SIGKILL") {
      running.child.kill(signal);
      await running.exited;
    },
    stop: () => stopChild(running),
    async restart() {
      await stopChild(running);
      running = await start(running.port);
    },
  };
}

/** 0600: the configuration holds passwords. */
async function writeConfig(storeDir: string, config: string): Promise<string> {
  const file = join(storeDir, "nats.conf");
  await writeFile(file, config, { mode: 0o600 });
  return file;
}

type LaunchOptions = Required<
  Pick<StartNatsOptions, "path" | "host" | "storeDir" | "logFile" | "configFile" | "port">
> & {
  readyTimeoutMs?: number;
};

async function launch(options: LaunchOptions): Promise<Running> {
  const { path, host, port, storeDir, logFile, configFile, readyTimeoutMs = 60_000 } = options;
  const portsDir = join(storeDir, "ports");
  await rm(portsDir, { recursive: true, force: true });
  await mkdir(portsDir);
  const args = ["-c", configFile, "-a", host, "-p", String(port === 0 ? -1 : port), "-js", "-sd", storeDir];
  const log = openSync(logFile, "a", 0o600);
  const child = spawn(path, [...args, "--ports_file_dir", portsDir], {
    stdio: ["ignore", log, log],
    // a process group of its own: Ctrl-C at a terminal must not take the server away from under its clients
    detached: true,
    env: goMemory(process.env),
  });
  closeSync(log);
  const exited = exitOf(child);
  try {
    if (child.pid === undefined) await once(child, "spawn");
    const pid = child.pid ?? 0;
    const clientPort = await untilReady(join(portsDir, portsFileName(path, pid)), exited, readyTimeoutMs);
    killWithUs(child, exited);
    return { child, pid, port: clientPort, exited };
  } catch (error) {
    child.kill("SIGKILL");
    await exited;
    const tail = (await readFile(logFile, "utf8").catch(() => "")).trimEnd().split("\n").slice(-8).join("\n  ");
    const message = error instanceof Error ? error.message : String(error);
    throw new Error(`nats-server did not start: ${message}; the end of ${logFile}:\n  ${tail}`, { cause: error });
  }
}

/** The server writes this file when it accepts clients (JetStream is recovered before that). */
function portsFileName(path: string, pid: number): string {
  return `${path.split(/[/\\]/).at(-1) ?? "nats-server"}_${pid}.ports`;
}

async function untilReady(portsFile: string, exited: Promise<NatsExit>, timeoutMs: number): Promise<number> {
  const deadline = Date.now() + timeoutMs;
  let gone: NatsExit | undefined;
  void exited.then((exit) => (gone = exit));
  while (Date.now() < deadline) {
    if (gone !== undefined) throw new Error(`it exited with ${gone.signal ?? gone.code ?? "an error"}`);
    const port = readPort(await readFile(portsFile, "utf8").catch(() => ""));
    if (port !== undefined) return port;
    await new Promise((wake) => setTimeout(wake, 5));
  }
  throw new Error(`it was not ready within ${timeoutMs / 1000} s`);
}

/** `{"nats":["nats://127.0.0.1:4222"]}`, with TLS `tls://`; undefined while the file is missing or half written. */
function readPort(text: string): number | undefined {
  const url = /"nats"\s*:\s*\[\s*"(?:nats|tls):\/\/[^"]*:(\d+)"/.exec(text);
  return url === null ? undefined : Number(url[1]);
}

function exitOf(child: ChildProcess): Promise<NatsExit> {
  return new Promise((settle) => {
    child.once("exit", (code, signal) => settle({ code, signal }));
    child.once("error", () => settle({ code: null, signal: null }));
  });
}

/** A launcher that leaves without stopping the server must not leave it behind. */
function killWithUs(child: ChildProcess, exited: Promise<NatsExit>): void {
  const end = () => child.kill("SIGTERM");
  process.once("exit", end);
  void exited.then(() => process.removeListener("exit", end));
}

async function stopChild({ child, exited }: Running): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGTERM");
  const hard = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await exited;
  clearTimeout(hard);
}
