/** The projects that `holdfast new` makes: folders under cli/templates, copied with another name. */
import { chmod, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CliError, messageOf } from "../errors.ts";

export const languages = ["typescript", "rust"] as const;
export type Language = (typeof languages)[number];

/** Template -> what it is for, in words. */
export const templates = {
  http: "answers HTTP requests",
  keyvalue: "counts visits in a key-value bucket (wasi:keyvalue), over HTTP",
  blobstore: "reads and writes the objects of a bucket (wasi:blobstore), over HTTP",
  messaging: "answers messages on NATS subjects (wasmcloud:messaging)",
  service: "runs for as long as its workload does (wasi:cli/run)",
  "s3-event": "counts the uploads of each bucket, by the store's events",
} as const;
export type Template = keyof typeof templates;
export const templateNames = Object.keys(templates).filter((name): name is Template => name in templates);

/** The name that the files of every template carry, and how it reads as a Rust crate. */
const placeholder = /my-component|my_component/g;
const folder = fileURLToPath(new URL("../../templates/", import.meta.url));
const ownWit = fileURLToPath(new URL("../../../shared/wasi/wit/", import.meta.url));
/** The release of core WASI that the templates name: the one that jco's JavaScript engine serves `fetch` events by. */
const wasiVersion = "0.2.10";

export type NewProject = {
  readonly template: Template;
  readonly language: Language;
  readonly name: string;
  /** Absolute; it must not be there, or be empty. */
  readonly target: string;
};

/** Copies the template and resolves with the files made, relative to the target, sorted. */
export async function makeProject({ template, language, name, target }: NewProject): Promise<string[]> {
  await refuseUsedFolder(target);
  try {
    for (const layer of ["_shared", template]) {
      await cp(join(folder, language, layer), target, { recursive: true, filter: (path) => !isMade(path) });
    }
    await copyWit(join(target, "wit"));
    const files = await filesBelow(target);
    for (const file of files) await rename(join(target, file), name);
    return files;
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    throw new CliError(`the project cannot be made in ${target}: ${messageOf(error)}`, { cause: error });
  }
}

/** What building leaves behind, should somebody have built a template in place. */
const isMade = (path: string) => /[\\/](node_modules|dist|generated|target)$/.test(path);

async function refuseUsedFolder(target: string): Promise<void> {
  const found = await readdir(target).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw new CliError(`${target} cannot be used: ${error.message}; choose another folder`, { cause: error });
  });
  if (found.length > 0)
    throw new CliError(`${target} is not empty: choose another name, or another folder with --folder`);
}

async function filesBelow(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return files.map((file) => file.slice(root.length + 1)).sort();
}

/** The files of a checkout may be read-only; those of a new project are not. */
async function rename(file: string, name: string): Promise<void> {
  const crate = name.replaceAll("-", "_");
  const text = await readFile(file, "utf8");
  const renamed = text.replaceAll(placeholder, (found) => (found.includes("_") ? crate : name));
  await chmod(file, 0o644);
  if (renamed !== text) await writeFile(file, renamed);
}

/** Puts every package that the world names, and those that these name, under wit/deps. */
async function copyWit(wit: string): Promise<void> {
  const packages = await witPackages();
  const waiting = [await readFile(join(wit, "world.wit"), "utf8")];
  for (let text = waiting.pop(); text !== undefined; text = waiting.pop()) {
    for (const name of packagesNamed(text)) {
      const found = packages.get(name);
      if (found === undefined) continue;
      packages.delete(name);
      const file = join(wit, "deps", name.replace(":", "-"), "package.wit");
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, found);
      waiting.push(found);
    }
  }
}

/** `wasi:http` for each `wasi:http/types@0.2.10` that a WIT text refers to. */
export function packagesNamed(wit: string): Set<string> {
  return new Set([...wit.matchAll(/\b([a-z][\w-]*:[a-z][\w-]*)\//g)].map(([, name = ""]) => name));
}

/** Package -> its WIT: core WASI from the templates, what Holdfast offers beside it from @holdfast/wasi. */
async function witPackages(): Promise<Map<string, string>> {
  const core = (await readdir(join(folder, "wit"))).filter((name) => name.startsWith("wasi-"));
  const own = (await readdir(ownWit)).filter((name) => name.endsWith(".wit"));
  const paths = [
    ...core.map((name) => [name, join(folder, "wit", name, "package.wit")] as const),
    ...own.map((name) => [name.replace(".wit", ""), join(ownWit, name)] as const),
  ];
  const read = async ([name, path]: readonly [string, string]) => {
    const text = await readFile(path, "utf8");
    return [name.replace("-", ":"), text.replaceAll(/(wasi:io\/[a-z]+@)0\.2\.\d+/g, `$1${wasiVersion}`)] as const;
  };
  return new Map(await Promise.all(paths.map(read)));
}
