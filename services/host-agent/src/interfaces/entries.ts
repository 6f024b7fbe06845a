/**
 * The hostInterfaces entries of one package in one workload. wasmCloud's rule: one entry needs no name; of several each has one of its
 * own, which is what components give to the functions that open something.
 */
import type { WitInterface } from "@holdfast/host-protocol";

export type Entry = Pick<WitInterface, "name" | "config">;

const namePattern = /^[a-z0-9][a-z0-9-]{0,62}$/;

/** Entries by name, "" for one without. Throws in words for the workload's message. */
export function entriesByName(packageName: string, entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  const byName = new Map<string, Entry>();
  for (const entry of entries) {
    const { name } = entry;
    if (name === "" && entries.length > 1)
      throw new Error(`${packageName}: several hostInterfaces entries, so each needs a name`);
    if (name !== "" && !namePattern.test(name))
      throw new Error(`${packageName}: ${JSON.stringify(name)} is no name: a-z, 0-9 and - are possible`);
    if (byName.has(name))
      throw new Error(`${packageName}: two hostInterfaces entries are named ${JSON.stringify(name)}`);
    byName.set(name, entry);
  }
  return byName;
}

/** One of `backends`, by the entry's `config.backend`. Throws in words that name the choice. */
export function chooseBackend<T>(
  packageName: string,
  { config }: Entry,
  backends: Readonly<Record<string, T>>,
  otherwise: string,
): T {
  const name = config.backend ?? otherwise;
  const found = Object.hasOwn(backends, name) ? backends[name] : undefined;
  if (found !== undefined) return found;
  const choice = Object.keys(backends).join(", ");
  throw new Error(`${packageName}: there is no backend ${JSON.stringify(name)}; this host has ${choice}`);
}

/** A comma-separated list; absent: undefined. */
export function listOf(text: string | undefined): readonly string[] | undefined {
  return text
    ?.split(",")
    .map((each) => each.trim())
    .filter((each) => each !== "");
}
