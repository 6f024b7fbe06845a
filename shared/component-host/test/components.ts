import { buildGuest } from "@holdfast/guests";
import { readFile } from "node:fs/promises";
import { type CompiledComponent, compileComponent, type ComponentInstance, type CompileOptions } from "../src/index.ts";

/** A component out of `components/<name>.wat`, compiled. */
export async function componentFrom(name: string, options?: CompileOptions): Promise<CompiledComponent> {
  return compileComponent(await componentBytes(name), options);
}

/** The binary of `components/<name>.wat`, with some of its words replaced. */
export async function componentBytes(name: string, words: Readonly<Record<string, string>> = {}): Promise<Uint8Array> {
  let text = await readFile(new URL(`components/${name}.wat`, import.meta.url), "utf8");
  for (const [word, by] of Object.entries(words)) text = text.replaceAll(word, by);
  const label = [name, ...Object.values(words)].join("-").replaceAll(/[^a-z0-9]+/g, "-");
  return buildGuest(`component-host-${label}`, { language: "component-wat", text });
}

/** The functions that a component exports directly, by name. */
export function functions(instance: ComponentInstance): Record<string, (...args: unknown[]) => unknown> {
  const found: Record<string, (...args: unknown[]) => unknown> = {};
  for (const [name, value] of Object.entries(instance.exports)) if (typeof value === "function") found[name] = value;
  return found;
}
