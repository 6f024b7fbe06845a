/**
 * A folder that belongs to this process alone. Two instances on one machine with the same data folder get two slots; an
 * instance that starts after another ended takes over its slot, with the index in it.
 *
 * A slot is held by a file with the holder's host name, process id and start time, touched every 15 seconds. It is free
 * again when its process is gone (same host), or when it was not touched for a minute (another host, or a container of the same volume).
 */
import { mkdir, open, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";

export type DataSlot = { readonly path: string; release(): Promise<void> };

const touchMs = 15_000;
const staleMs = 60_000;
const slotLimit = 64;

/** Takes the first free slot under a folder. */
export async function takeSlot(folder: string): Promise<DataSlot> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  for (let slot = 0; slot < slotLimit; slot++) {
    const lock = join(folder, `slot-${slot}.lock`);
    if (!(await takeLock(lock))) continue;
    const path = join(folder, `slot-${slot}`);
    await mkdir(path, { recursive: true, mode: 0o700 });
    const touching = setInterval(() => {
      const now = new Date();
      // a folder that was removed under us costs the index, which can be rebuilt
      utimes(lock, now, now).catch(() => clearInterval(touching));
    }, touchMs);
    touching.unref();
    return {
      path,
      async release() {
        clearInterval(touching);
        await rm(lock, { force: true });
      },
    };
  }
  throw new Error(`all ${slotLimit} slots of ${folder} are taken`);
}

async function takeLock(lock: string): Promise<boolean> {
  const mine = `${hostname()} ${process.pid} ${await startTime(process.pid)}`;
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const file = await open(lock, "wx", 0o600);
      await file.writeFile(mine);
      await file.close();
      return true;
    } catch (error) {
      if (!hasCode(error, "EEXIST")) throw error;
    }
    if (!(await isStale(lock))) return false;
    // of several that find it stale, one gets to move it away
    const grave = `${lock}.${process.pid}.${Date.now()}`;
    try {
      await rename(lock, grave);
      await rm(grave, { force: true });
    } catch (error) {
      if (!hasCode(error, "ENOENT")) throw error;
    }
  }
  return false;
}

async function isStale(lock: string): Promise<boolean> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(lock, "utf8"), stat(lock)]);
    const [host, pid, started] = text.split(" ");
    if (Date.now() - mtimeMs > staleMs) return true;
    // written by somebody who has just made the file and not filled it yet
    if (pid === undefined || host !== hostname()) return false;
    return (await startTime(Number(pid))) !== started;
  } catch (error) {
    if (hasCode(error, "ENOENT")) return true;
    throw error;
  }
}

/** When a process of this machine started, as text that no later process of the same id shares; "" when it is gone. */
async function startTime(pid: number): Promise<string> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19] ?? "?";
  } catch {
    // no /proc (macOS): whether it runs has to do
    return isRunning(pid) ? "?" : "";
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
