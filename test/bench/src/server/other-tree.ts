/** Another commit of this project, ready to run, in a temporary folder. */
import { execFile } from "node:child_process";
import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type TemporaryFolder, temporaryFolder } from "@holdfast/testkit";
import { UsageError } from "../options.ts";
import { disposedOnSignal } from "./interrupt.ts";
import { ownTree } from "./server.ts";

export type OtherTree = AsyncDisposable & { readonly path: string; readonly commit: string };

const run = promisify(execFile);

/** Clones the commit and gives it packages: ours by hard links where the lock files are equal, else its own by `npm ci`. */
export async function checkOut(revision: string): Promise<OtherTree> {
  const commit = await resolveCommit(revision);
  const folder = await temporaryFolder("holdfast-bench-tree-");
  try {
    const path = join(folder.path, "tree");
    await run("git", ["clone", "--quiet", "--shared", "--no-checkout", ownTree, path]);
    await run("git", ["-C", path, "checkout", "--quiet", "--detach", commit]);
    await addPackages(path);
    // the nats-server of both trees is the one that this tree has found
    await cp(join(ownTree, ".cache"), join(path, ".cache"), { recursive: true }).catch(ignoreMissing);
    return disposedOnSignal({ path, commit: commit.slice(0, 9), [Symbol.asyncDispose]: () => remove(folder) });
  } catch (error) {
    await remove(folder);
    throw error;
  }
}

const remove = (folder: TemporaryFolder) => folder[Symbol.asyncDispose]();

async function resolveCommit(revision: string): Promise<string> {
  try {
    return (
      await run("git", ["-C", ownTree, "rev-parse", "--verify", "--quiet", `${revision}^{commit}`])
    ).stdout.trim();
  } catch {
    throw new UsageError(`--compare: git knows no commit ${revision}`);
  }
}

/** The links of workspaces are relative: a copy's lead into the copy. */
async function addPackages(tree: string): Promise<void> {
  const lock = (of: string) => readFile(join(of, "package-lock.json"), "utf8");
  if ((await lock(tree)) === (await lock(ownTree))) {
    await run("cp", ["-al", join(ownTree, "node_modules"), tree]).catch(() =>
      // hard links do not reach over file systems
      run("cp", ["-a", join(ownTree, "node_modules"), tree]),
    );
  } else {
    await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: tree, maxBuffer: 64 * 1024 ** 2 });
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
