/** One process at a time, by a file that holds the pid of who has it. What it guards must bear a rare second one: see `release`. */
import { readFile, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

export type LockOptions = { readonly timeoutMs: number; readonly retryMs?: number };

/** Runs `run` while the file is ours. Throws when another live process keeps it for longer than the time-out. */
export async function withLock<T>(file: string, options: LockOptions, run: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + options.timeoutMs;
  while (!(await take(file))) {
    if (performance.now() > deadline) {
      throw new Error(
        `${file} was held for ${options.timeoutMs} ms by process ${await holder(file)}: end it, or delete the file`,
      );
    }
    if (await isAbandoned(file)) await rm(file, { force: true });
    else await sleep(options.retryMs ?? 50);
  }
  try {
    return await run();
  } finally {
    await release(file);
  }
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
}

// two that find the same dead holder may both remove the file and run at once: that costs double work, never a wrong result
const release = (file: string) => rm(file, { force: true });

const holder = (file: string) => readFile(file, "utf8").catch(() => "");

async function isAbandoned(file: string): Promise<boolean> {
  const pid = Number(await holder(file));
  // 0: just made, or just gone
  return pid > 0 && !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
