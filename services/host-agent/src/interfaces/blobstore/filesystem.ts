/**
 * Containers as folders and objects as files, below a folder of the host that belongs to the namespace of the workload. An object appears
 * whole: written beside, then renamed.
 */
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, rmdir, stat } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { dirname, join, relative } from "node:path";
import { nameOfPath, pathOfName } from "../name-on-disk.ts";
import { type BlobStoreBackend, containerExists, noContainer, noObject, type ObjectWriter } from "./backend.ts";

/** Beside the objects: no object's path begins so. */
const unfinished = "~unfinished";

export function filesystemBlobStore(root: string): BlobStoreBackend {
  const folderOf = (container: string) => join(root, pathOfName(container));
  const pathOf = (container: string, name: string) => join(folderOf(container), pathOfName(name));

  const requireContainer = async (container: string) => {
    if ((await unlessMissing(stat(folderOf(container)))) === undefined) throw noContainer(container);
  };

  return {
    async createContainer(container) {
      await mkdir(root, { recursive: true, mode: 0o700 });
      try {
        await mkdir(dirname(folderOf(container)), { recursive: true, mode: 0o700 });
        await mkdir(folderOf(container), { mode: 0o700 });
      } catch (error) {
        if (hasCode(error, "EEXIST")) throw containerExists(container);
        throw error;
      }
      return { createdAt: Date.now() };
    },
    hasContainer: async (container) => (await unlessMissing(stat(folderOf(container)))) !== undefined,
    async container(container) {
      const found = await unlessMissing(stat(folderOf(container)));
      if (found === undefined) throw noContainer(container);
      return { createdAt: found.birthtimeMs };
    },
    async deleteContainer(container) {
      await requireContainer(container);
      if ((await namesIn(folderOf(container))).length > 0)
        throw new Error(`the container ${JSON.stringify(container)} is not empty`);
      await rm(join(folderOf(container), unfinished), { recursive: true, force: true });
      await removeEmptyFolders(folderOf(container));
    },
    async object(container, name) {
      await requireContainer(container);
      const found = await unlessMissing(stat(pathOf(container, name)));
      return found && { size: found.size, createdAt: found.mtimeMs };
    },
    async read(container, name, choose) {
      await requireContainer(container);
      // opened before its size is asked for: it may be replaced meanwhile
      const file = await unlessMissing(open(pathOf(container, name), "r"));
      if (file === undefined) throw noObject(container, name);
      try {
        const range = choose((await file.stat()).size);
        if (range.end > range.start)
          return { range, bytes: createReadStream("", { fd: file, start: range.start, end: range.end - 1 }) };
        await file.close();
        return { range, bytes: nothing() };
      } catch (error) {
        await file.close();
        throw error;
      }
    },
    async write(container, name) {
      await requireContainer(container);
      return writer(pathOf(container, name), join(folderOf(container), unfinished));
    },
    async list(container, after, max) {
      await requireContainer(container);
      const names = (await namesIn(folderOf(container))).filter((name) => name > after).toSorted();
      return { names: names.slice(0, max), isLast: names.length <= max };
    },
    async delete(container, names) {
      await requireContainer(container);
      for (const name of names) await rm(pathOf(container, name), { force: true });
    },
  };
}

async function writer(path: string, folder: string): Promise<ObjectWriter> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const half = join(folder, randomUUID());
  const file = await open(half, "wx", 0o600);
  const remove = async () => {
    await file.close();
    await rm(half, { force: true });
  };
  let isDone = false;
  return {
    write: (bytes) => file.writeFile(bytes),
    async finish() {
      isDone = true;
      try {
        await file.close();
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await rename(half, path);
      } catch (error) {
        await rm(half, { force: true });
        throw error;
      }
    },
    async abort() {
      if (isDone) return;
      isDone = true;
      // what cannot be removed is removed with the container
      await remove().catch(() => undefined);
    },
  };
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.parentPath !== join(folder, unfinished))
    .flatMap((entry) => nameOfPath(relative(folder, join(entry.parentPath, entry.name))) ?? []);
}

/** Long names leave folders behind. A file that came meanwhile ends it. */
async function removeEmptyFolders(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) await removeEmptyFolders(join(folder, entry.name));
  }
  await rmdir(folder);
}

const hasCode = (error: unknown, ...codes: string[]) =>
  error instanceof Error && "code" in error && typeof error.code === "string" && codes.includes(error.code);

async function unlessMissing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "EISDIR")) return undefined;
    throw error;
  }
}

async function* nothing(): AsyncGenerator<Uint8Array, void> {}
