/** What a guest is built from, and the text of its file with what that includes. */
import { readFile } from "node:fs/promises";
import { type GuestName, guestFiles } from "./table.ts";

/**
 * `wit` is a WIT document without its package line; its world `guest` is the component's. It may use core WASI 0.2.12 and the
 * packages under shared/wasi/wit.
 */
export type GuestSource =
  /** A whole component in the text format. */
  | { readonly language: "component-wat"; readonly text: string }
  /** A core module in the text format, made a component by the world. `encoding` is that of its strings; UTF-8 by default. */
  | { readonly language: "core-wat"; readonly text: string; readonly wit: string; readonly encoding?: StringEncoding }
  /** An ES module. QuickJS is quick to build and small, but cannot have a world that uses wasi:io. */
  | { readonly language: "javascript"; readonly text: string; readonly wit: string; readonly engine: Engine };

export type StringEncoding = "utf8" | "utf16" | "compact-utf16";
export type Engine = "quickjs" | "starlingmonkey";

const folder = new URL("../guests/", import.meta.url);
const read = (file: string) => readFile(new URL(file, folder), "utf8");

/** The source of a named guest. */
export async function sourceOf(name: GuestName): Promise<GuestSource> {
  const file = guestFiles[name];
  const text = await withIncludes(await read(file));
  if (file.endsWith(".component.wat")) return { language: "component-wat", text };
  const wit = witOf(text, file);
  if (file.endsWith(".wat")) return { language: "core-wat", text, wit };
  return { language: "javascript", text, wit, engine: file.endsWith(".quickjs.js") ? "quickjs" : "starlingmonkey" };
}

/** The lines `;; include <file>` of a module replaced by that file, so that helpers are written once. */
export async function withIncludes(text: string): Promise<string> {
  const parts = text.split(/^[ \t]*;; include (\S+)[ \t]*$/m);
  return (await Promise.all(parts.map(async (part, i) => (i % 2 === 0 ? part : read(part))))).join("");
}

/** A guest's world stands in its file, in a comment that begins with `wit`. */
function witOf(text: string, file: string): string {
  const wit = /(?:\(;|\/\*) wit\n(.*?)(?:;\)|\*\/)/s.exec(text)?.[1];
  if (wit === undefined) throw new Error(`guest ${file} has no comment "wit" with its world: begin it with "(; wit"`);
  return wit;
}
