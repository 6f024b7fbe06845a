/** What this machine has: Node, nats-server, disk, ports, and the tools that the templates are built with. */
import { execFile } from "node:child_process";
import { readdir, statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import {
  defaultCacheDir,
  findNatsServer,
  isNewEnough,
  minimumNatsVersion,
  NatsServerNotFoundError,
  parseNatsVersion,
} from "@holdfast/nats-server";
import { messageOf } from "../errors.ts";
import { formatBytes } from "../units.ts";
import { isPortFree } from "../up/ports.ts";
import { fail, type Finding, ok, skip, warn } from "./check.ts";

const run = promisify(execFile);
const oldestNode = 24;

export function checkNode(version = process.version): Finding {
  const major = Number(/^v(\d+)/.exec(version)?.[1]);
  if (major >= oldestNode) return ok("Node", version);
  return fail("Node", `${version} is too old`, `use Node ${oldestNode} or newer: components need its JSPI`);
}

/** Looks and never fetches: that is what `holdfast up` does. */
export async function checkNatsServer(env: NodeJS.ProcessEnv): Promise<Finding> {
  const name = "nats-server";
  try {
    const { path, version } = await findNatsServer({ env, sources: [] });
    return ok(name, `${version} (${path})`);
  } catch (error) {
    if (!(error instanceof NatsServerNotFoundError)) throw error;
    const fetched = await fetchedBefore(join(defaultCacheDir(env), "nats-server"));
    if (fetched !== undefined) return ok(name, fetched);
    const next = `nothing, if this machine has internet: holdfast up fetches one; else install it and set NATS_SERVER to its path`;
    return warn(name, `none of ${minimumNatsVersion} or newer on this machine`, next);
  }
}

async function fetchedBefore(folder: string): Promise<string | undefined> {
  for (const source of await readdir(folder).catch(() => [])) {
    const path = join(folder, source, "nats-server");
    const version = parseNatsVersion((await outputOf(path, ["--version"])) ?? "");
    if (version !== undefined && isNewEnough(version)) return `${version} (${path})`;
  }
  return undefined;
}

/** What a program prints; undefined when it cannot be run or fails. */
async function outputOf(program: string, args: readonly string[]): Promise<string | undefined> {
  const result = await run(program, [...args], { timeout: 10_000 }).catch(() => undefined);
  return result?.stdout.trim();
}

const lowDisk = 5 * 2 ** 30;
const noDisk = 256 * 2 ** 20;

/** Of the disk that holds the folder, or would hold it. */
export async function checkDisk(folder: string): Promise<Finding> {
  const stats = await statfs(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT" && dirname(folder) !== folder) return undefined;
    throw error;
  });
  if (stats === undefined) return checkDisk(dirname(folder));
  const free = stats.bavail * stats.bsize;
  const found = `${formatBytes(free)} free for ${folder}`;
  const next = "free some space, or put the data elsewhere with --home";
  if (free < noDisk) return fail("disk", found, next);
  return free < lowDisk ? warn("disk", found, next) : ok("disk", found);
}

/** A port that `holdfast up` will want to listen on. */
export async function checkPort(name: string, { host, port }: { host: string; port: number }): Promise<Finding> {
  if (port === 0 || (await isPortFree(port, host))) return ok(name, `${host}:${port} is free`);
  return warn(name, `${host}:${port} is in use`, "end what listens there, or choose another port: holdfast up --port");
}

/** npm for the TypeScript templates, cargo with its WASI target for the Rust ones. */
export async function checkTools(): Promise<Finding[]> {
  const [npm, cargo, targets] = await Promise.all([
    outputOf("npm", ["--version"]),
    outputOf("cargo", ["--version"]),
    outputOf("rustc", ["--print", "target-libdir", "--target", "wasm32-wasip2"]),
  ]);
  return [npmFinding(npm), await cargoFinding(cargo, targets)];
}

function npmFinding(npm: string | undefined): Finding {
  const name = "TypeScript tools";
  if (npm !== undefined) return ok(name, `npm ${npm}`);
  return warn(name, "no npm on PATH", "install Node with npm, to build TypeScript components");
}

async function cargoFinding(cargo: string | undefined, wasiLibraries: string | undefined): Promise<Finding> {
  const name = "Rust tools";
  const optional = "only for Rust components";
  if (cargo === undefined) return skip(name, `no cargo on PATH: ${optional}, see https://rustup.rs`);
  const libraries = wasiLibraries === undefined ? [] : await readdir(wasiLibraries).catch(() => []);
  if (libraries.length > 0) return ok(name, `${cargo}, target wasm32-wasip2`);
  return warn(name, `${cargo}, without its WASI target`, `rustup target add wasm32-wasip2 (${optional})`);
}

/** A check that broke is a finding too. */
export async function guarded(name: string, check: () => Promise<Finding>): Promise<Finding> {
  return check().catch((error: unknown) => fail(name, messageOf(error), "see the message"));
}
