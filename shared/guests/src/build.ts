/** Jobs for what callers ask for. */
import { basename } from "node:path";
import { cachePath, exists } from "./cache.ts";
import type { Job, TranspileOptions } from "./job.ts";
import { make } from "./queue.ts";
import { type GuestSource, sourceOf, withIncludes } from "./source.ts";
import { type GuestName, guestNames } from "./table.ts";

/** The file of a named guest's component; built first when its source has changed. */
export async function namedComponent(name: GuestName): Promise<string> {
  const job = await componentJob(name, await sourceOf(name));
  // a cold cache: whoever needs one has all the quick ones built, and only their callers hear of what fails
  if (!(await exists(job.path))) void Promise.allSettled((await quickJobs()).map(make));
  await make(job);
  return job.path;
}

/** The file of a component from any source. The label names it in the cache and in errors; a new source takes the place of the old. */
export async function component(label: string, source: GuestSource): Promise<string> {
  const job = await componentJob(label, { ...source, text: await withIncludes(source.text) });
  await make(job);
  return job.path;
}

/** The folder of what jco makes of a component: `component.js` exports `instantiate`. */
export async function javascript(file: string, options: TranspileOptions): Promise<string> {
  const mode = options.asyncImports === undefined ? "jco" : "jco-async";
  const label = `${basename(file).replace(/-[0-9a-f]{16}\.wasm$/, "")}-${mode}`;
  const path = await cachePath(label, [file, options], "");
  await make({ make: "javascript", label, component: file, path, ...options });
  return path;
}

async function componentJob(label: string, source: GuestSource): Promise<Job> {
  return { make: "component", label, source, path: await cachePath(label, source, ".wasm") };
}

async function quickJobs(): Promise<Job[]> {
  const sources = await Promise.all(guestNames.map(async (name) => [name, await sourceOf(name)] as const));
  const quick = sources.filter(([, source]) => source.language !== "javascript");
  return Promise.all(quick.map(([name, source]) => componentJob(name, source)));
}
