/** On what a run is made. */
import { execFile } from "node:child_process";
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from "node:os";
import { promisify } from "node:util";
import { findNatsServer } from "@holdfast/nats-server";
import { ownTree } from "../server/server.ts";

export type Machine = {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** With its version; what it was not ours to know of is named so. */
  readonly natsServer: string;
  /** Abbreviated, with `+` when files were changed since. */
  readonly commit: string;
  /** Over the last minute, before anything was started: above 0.5 somebody else used the machine. */
  readonly load: number;
  /** ISO 8601, to the minute. */
  readonly date: string;
};

export async function describeMachine(now = new Date()): Promise<Machine> {
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 1024 ** 3),
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
    natsServer: `nats-server ${(await findNatsServer()).version}`,
    commit: await commitOf(ownTree),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    date: now.toISOString().slice(0, 16),
  };
}

/** A tree without git has no commit to tell. */
async function commitOf(tree: string): Promise<string> {
  const git = async (...args: string[]) => (await promisify(execFile)("git", ["-C", tree, ...args])).stdout.trim();
  try {
    const changed = await git("status", "--porcelain", "--untracked-files=no");
    return (await git("rev-parse", "--short", "HEAD")) + (changed === "" ? "" : "+");
  } catch {
    return "unknown";
  }
}
