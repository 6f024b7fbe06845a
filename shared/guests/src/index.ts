import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { component, javascript, namedComponent } from "./build.ts";
import type { TranspileOptions } from "./job.ts";
import type { GuestSource } from "./source.ts";
import type { GuestName } from "./table.ts";

export { cachedFile } from "./cache.ts";
export type { TranspileOptions } from "./job.ts";
export type { Engine, GuestSource, StringEncoding } from "./source.ts";
export { type GuestName, guestNames } from "./table.ts";

/** Imports by interface, exports by interface: unknown, since jco gives no types of what it makes. */
export type Instantiate = (imports: Record<string, unknown>) => Promise<Record<string, unknown>>;

// TypeScript has WebAssembly's types only in its library for browsers
declare const WebAssembly: { compile(bytes: Uint8Array): Promise<object> };
type JcoInstantiate = (compile: (core: string) => Promise<object>, imports: object) => Promise<Record<string, unknown>>;

/** The component of a named guest. The first call after a change of its source builds it, which takes seconds (a StarlingMonkey one: 40 s). */
export async function guest(name: GuestName): Promise<Uint8Array> {
  return new Uint8Array(await readFile(await namedComponent(name)));
}

/** The same as a file, for what takes a path or a `file://` image. Do not change it: others read it too. */
export const guestFile = (name: GuestName): Promise<string> => namedComponent(name);

/** A component from a source of the test's own. The label (kebab-case) names it in the cache: each label has one source at a time. */
export async function buildGuest(label: string, source: GuestSource): Promise<Uint8Array> {
  return new Uint8Array(await readFile(await component(label, source)));
}

/** The same as a file. */
export const buildGuestFile = (label: string, source: GuestSource): Promise<string> => component(label, source);

/** How jco runs a component file: the oracle of our own tests. Each call is a fresh instance; exports by jco's names. */
export async function transpiled(file: string, options: TranspileOptions = {}): Promise<Instantiate> {
  const folder = await javascript(file, options);
  const module: { instantiate: JcoInstantiate } = await import(pathToFileURL(join(folder, "component.js")).href);
  const compile = async (core: string) => WebAssembly.compile(await readFile(join(folder, core)));
  return (imports) => module.instantiate(compile, imports);
}
