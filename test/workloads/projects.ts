/** Projects as somebody makes them: by `holdfast new`, built by `holdfast build`, both as processes. */
import { copyFile, readdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cachedFile } from "@holdfast/guests";
import { holdfastProcess, temporaryFolder } from "@holdfast/testkit";

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

/**
 * A new TypeScript project, built. JavaScript engines take seconds to build in, so that what was once built of the same files is taken
 * from the cache of guests; a fresh machine builds.
 */
export async function builtProject(parent: string, name: string, template: string): Promise<Project> {
  await succeed(parent, "new", name, "--template", template);
  const folder = join(parent, name);
  const component = join(folder, `${name}.wasm`);
  const cached = await cachedFile(`template-${template}`, await textsBelow(folder), ".wasm", async (path) => {
    await succeed(parent, "build", name);
    await copyFile(component, path);
  });
  await copyFile(cached, component);
  return { name, folder, component };
}

async function succeed(cwd: string, ...args: string[]): Promise<void> {
  const { code, stderr } = await holdfastProcess(args, { cwd });
  if (code !== 0) throw new Error(`holdfast ${args.join(" ")}: exit code ${code}:\n${stderr}`);
}

/** Each file's path and text: what a build depends on, besides the tools. */
async function textsBelow(folder: string): Promise<[string, string][]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.toSorted().map(async (file) => [file.slice(folder.length), await readFile(file, "utf8")] as [string, string]),
  );
}
