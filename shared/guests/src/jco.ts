/** Where jco and the WIT files are. jco itself is only ever loaded in the process of worker.ts: it holds 200 MB. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const api = pathToFileURL(createRequire(import.meta.url).resolve("@bytecodealliance/jco"));

export const jcoPackage = new URL("../package.json", api);
export const jcoCommand = new URL("jco.js", api);
/** WIT of core WASI 0.2.12: a folder per package. */
export const coreWit = new URL("../lib/wit/builtin/0.2.12/", api);
/** WIT of what else Holdfast offers: a file per package. By path and not by dependency, because the tests of @holdfast/wasi use guests. */
export const ownWit = new URL("../../wasi/wit/", import.meta.url);
