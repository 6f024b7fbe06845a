/** Asks the worker process for what the cache lacks. */
import { spawn } from "node:child_process";
import { basename } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { cachePath, exists, makeOnce, removeOlder } from "./cache.ts";
import type { Job, JobOutcome, TranspileOptions } from "./job.ts";
import { type GuestSource, sourceOf } from "./source.ts";
import { type GuestName, guestNames } from "./table.ts";

const workerFile = fileURLToPath(new URL("worker.ts", import.meta.url));

/** The file of a named guest's component; built first when its source has changed. */
export async function namedComponent(name: GuestName): Promise<string> {
  const wanted = await jobFor(name);
  await makeOnce(wanted.path, async () => run(wanted, await missing(wanted)));
  return wanted.path;
}

/** The file of a component from any source. The label names it in the cache and in errors; a new source takes the place of the old. */
export async function component(label: string, source: GuestSource): Promise<string> {
  const path = await cachePath(label, source, ".wasm");
  await makeOnce(path, () => run({ make: "component", label, source, path }));
  return path;
}

/** The folder of what jco makes of a component: `component.js` exports `instantiate`. */
export async function javascript(file: string, options: TranspileOptions): Promise<string> {
  const mode = options.asyncImports === undefined ? "jco" : "jco-async";
  const label = `${basename(file).replace(/-[0-9a-f]{16}\.wasm$/, "")}-${mode}`;
  const path = await cachePath(label, [file, options], "");
  await makeOnce(path, () => run({ make: "javascript", label, component: file, path, ...options }));
  return path;
}

async function jobFor(name: GuestName): Promise<Job> {
  const source = await sourceOf(name);
  return { make: "component", label: name, source, path: await cachePath(name, source, ".wasm") };
}

/** Starting jco takes longer than the small guests do: whoever needs one has all of them built. */
async function missing(wanted: Job): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const name of guestNames) {
    const job = await jobFor(name);
    const isQuick = job.make === "component" && job.source.language !== "javascript";
    if (isQuick && job.path !== wanted.path && !(await exists(job.path))) jobs.push(job);
  }
  return jobs;
}

/** Throws when the first job fails; what others fail with is for those who ask for them. */
async function run(wanted: Job, others: readonly Job[] = []): Promise<void> {
  const jobs = [wanted, ...others];
  const outcomes = await inWorker(jobs);
  const error = outcomes.get(wanted.path);
  if (error !== undefined) throw new Error(`guest ${wanted.label} could not be built: ${error}`);
  await Promise.all(jobs.map(({ path }) => removeOlder(path)));
}

async function inWorker(jobs: readonly Job[]): Promise<Map<string, string | undefined>> {
  const child = spawn(process.execPath, [workerFile], { stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(JSON.stringify(jobs));
  const [out, complaints] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const outcomes = out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as JobOutcome);
  const untold = `the worker ended without a word of it: ${complaints}`;
  const told = new Map(outcomes.map(({ path, error }) => [path, error]));
  return new Map(jobs.map(({ path }) => [path, told.has(path) ? told.get(path) : untold]));
}
