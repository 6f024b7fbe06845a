/** What the CPU profiles of a run say: which functions of each process took the time themselves. */
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import type { Measured } from "./processes.ts";

const Profile = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  /** The node of each sample, and the microseconds between it and the one before. */
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});
export type Profile = z.output<typeof Profile>;

/** `share` is of the time in which the process did something. */
export type TopFunction = { readonly name: string; readonly selfMs: number; readonly share: number };

/** The settings that make Node processes write a profile when they exit. */
export const profilingEnv = (folder: string) => ({
  NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${JSON.stringify(resolve(folder))}`,
});

/** The functions that took the most time themselves, the idle time left out. */
export function topFunctions({ nodes, samples, timeDeltas }: Profile, count: number): TopFunction[] {
  const names = new Map(nodes.map(({ id, callFrame }) => [id, nameOf(callFrame)]));
  const selfMs = new Map<string, number>();
  for (const [i, id] of samples.entries()) {
    const name = names.get(id) ?? "?";
    if (name !== "(idle)") selfMs.set(name, (selfMs.get(name) ?? 0) + (timeDeltas[i] ?? 0) / 1_000);
  }
  const busyMs = [...selfMs.values()].reduce((sum, ms) => sum + ms, 0);
  return [...selfMs]
    .sort(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([name, ms]) => ({ name, selfMs: ms, share: ms / busyMs }));
}

function nameOf({ functionName, url, lineNumber }: Profile["nodes"][number]["callFrame"]): string {
  const name = functionName === "" ? "(anonymous)" : functionName;
  if (url === "") return name;
  const path = url.startsWith("file:") ? fileURLToPath(url) : url;
  // the folder above the file tells packages and services apart
  return `${name} ${path.split("/").slice(-4).join("/")}:${lineNumber + 1}`;
}

/** Prints the top functions of each process that wrote a profile into the folder. Call it when all have ended. */
export async function printProfiles(folder: string, processes: readonly Measured[], count = 15): Promise<void> {
  for (const file of (await readdir(folder)).filter((name) => name.endsWith(".cpuprofile"))) {
    // CPU.<date>.<time>.<pid>.<thread>.<number>.cpuprofile
    const pid = Number(file.split(".")[3]);
    const owner = processes.find((measured) => measured.pid === pid);
    if (owner === undefined) continue;
    console.log(`\n${owner.name} (${file})`);
    for (const { name, selfMs, share } of topFunctions(
      Profile.parse(JSON.parse(await readFile(join(folder, file), "utf8"))),
      count,
    )) {
      console.log(`${(share * 100).toFixed(1).padStart(6)} % ${selfMs.toFixed(0).padStart(7)} ms  ${name}`);
    }
  }
}
