import { buildGuest } from "@holdfast/guests";
import { readFile } from "node:fs/promises";
import { type CompiledComponent, compileComponent, type ComponentInstance, type CompileOptions } from "../src/index.ts";

/** A component out of `components/<name>.wat`, compiled. */
export async function componentFrom(name: string, options?: CompileOptions): Promise<CompiledComponent> {
  return compileComponent(await componentBytes(name), options);
}

/** The binary of `components/<name>.wat`. */
export async function componentBytes(name: string): Promise<Uint8Array> {
  const text = await readFile(new URL(`components/${name}.wat`, import.meta.url), "utf8");
  return buildGuest(`component-host-${name}`, { language: "component-wat", text });
}

/** The functions that a component exports directly, by name. */
export function functions(instance: ComponentInstance): Record<string, (...args: unknown[]) => unknown> {
  const found: Record<string, (...args: unknown[]) => unknown> = {};
  for (const [name, value] of Object.entries(instance.exports)) if (typeof value === "function") found[name] = value;
  return found;
}
