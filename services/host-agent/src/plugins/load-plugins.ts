/** Plugins of others, from the files that HOLDFAST_HOST_PLUGINS names: loaded once, at the host's start, and checked as far as can be. */
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { HostPlugin, Offer } from "../plugin.ts";
import { names, showEntry } from "../workloads/interface-name.ts";
import { resolveOwnNames } from "./own-names.ts";

/** A plugin that cannot be used; the message names its file. */
export class BadPlugin extends Error {
  override readonly name = "BadPlugin";
}

const phase = z.custom((value) => typeof value === "function", "must be a function");
const word = z.string().regex(/^[a-z][a-z0-9-]*$/, "must be of lower case letters, digits and -");
const Offers = z.array(
  z.object({ namespace: word, package: word, version: z.string(), interfaces: z.array(word).min(1) }),
);

const PluginShape = z.object({
  // it names a folder and stands in logs
  id: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/, "must be up to 64 lower case letters, digits and -"),
  imports: Offers,
  exports: Offers,
  bindings: z.instanceof(URL, { error: "must be a URL, such as new URL(import.meta.url)" }).optional(),
  bindingsNeedConfig: z.boolean().optional(),
  bind: phase,
  start: phase.optional(),
  stop: phase.optional(),
});

/** Throws `BadPlugin`. `taken` is what the host offers already: nobody may stand in for it unnoticed. */
export async function loadPlugins(files: readonly string[], taken: readonly Offer[]): Promise<HostPlugin[]> {
  if (files.length > 0) resolveOwnNames();
  const loaded: HostPlugin[] = [];
  for (const file of files) {
    const plugin = await load(file);
    const offered = [...taken, ...loaded.flatMap(({ imports }) => imports)];
    const double = plugin.imports.find((offer) => offered.some((other) => isSame(offer, other)));
    if (double !== undefined) throw new BadPlugin(`${file}: ${showEntry(double)} is offered already`);
    loaded.push(plugin);
  }
  return loaded;
}

async function load(file: string): Promise<HostPlugin> {
  const module: { plugin?: unknown } = await import(pathToFileURL(file).href).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    throw new BadPlugin(`${file}: cannot be loaded: ${why}`, { cause: error });
  });
  if (module.plugin === undefined) throw new BadPlugin(`${file}: exports no \`plugin\``);
  const { error } = PluginShape.safeParse(module.plugin);
  if (error !== undefined) {
    const problems = error.issues.map(({ path, message }) => `${["plugin", ...path].join(".")}: ${message}`);
    throw new BadPlugin(`${file}: ${problems.join("; ")}`);
  }
  // what its functions take and give cannot be seen: plugin.ts says it
  const plugin = module.plugin as HostPlugin;
  if (plugin.imports.length > 0 && plugin.bindings === undefined)
    throw new BadPlugin(
      `${file}: plugin.bindings: is missing, and components could not import ${showAll(plugin.imports)}`,
    );
  return plugin;
}

const showAll = (offers: readonly Offer[]) => offers.map((offer) => showEntry(offer)).join(", ");

const isSame = (one: Offer, other: Offer) => one.interfaces.some((each) => names(other, { ...one, interface: each }));
