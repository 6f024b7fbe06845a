/** Projects as somebody makes them: by `holdfast new`, built by `holdfast build`, both as processes. */
import { execFile } from "node:child_process";
import { copyFile, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cachedFile } from "@holdfast/guests";
import { holdfastProcess, temporaryFolder } from "@holdfast/testkit";
import { z } from "zod";

const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));

export type Project = {
  readonly name: string;
  readonly folder: string;
  /** The built component's path. */
  readonly component: string;
};

/** A folder for projects that finds what `npm install` would bring. */
export async function projectsFolder() {
  const folder = await temporaryFolder("holdfast-projects-");
  await symlink(modules, join(folder.path, "node_modules"));
  return folder;
}

export type Language = "typescript" | "rust";

/**
 * A new project, built. Compilers and JavaScript engines take seconds, so that what was once built of the same files is taken from the
 * cache of guests; a fresh machine builds.
 */
export async function builtProject(
  parent: string,
  name: string,
  template: string,
  language: Language = "typescript",
): Promise<Project> {
  await succeed(parent, "new", name, "--template", template, "--language", language);
  const folder = join(parent, name);
  const component = join(folder, `${name}.wasm`);
  const cached = await cachedFile(`${language}-${template}`, await textsBelow(folder), ".wasm", async (path) => {
    const { path: made } = Built.parse(JSON.parse(await succeed(parent, "build", name, "-o", "json")));
    await copyFile(made, path);
  });
  await copyFile(cached, component);
  return { name, folder, component };
}

const Built = z.object({ path: z.string() });

/** Why projects in Rust cannot be built here; undefined where they can. */
export async function whyNoRust(): Promise<string | undefined> {
  const toInstall = "install Rust, then: rustup target add wasm32-wasip2";
  try {
    const { stdout } = await promisify(execFile)("rustc", ["--print", "target-libdir", "--target", "wasm32-wasip2"]);
    const isThere = (await readdir(stdout.trim())).some((file) => file.startsWith("libstd-"));
    return isThere ? undefined : toInstall;
  } catch {
    return toInstall;
  }
}

async function succeed(cwd: string, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await holdfastProcess(args, { cwd });
  if (code !== 0) throw new Error(`holdfast ${args.join(" ")}: exit code ${code}:\n${stderr}`);
  return stdout;
}

/** Each file's path and text: what a build depends on, besides the tools. */
async function textsBelow(folder: string): Promise<[string, string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.toSorted().map(async (file) => [file.slice(folder.length), await readFile(file, "utf8")] as [string, string]),
  );
}
