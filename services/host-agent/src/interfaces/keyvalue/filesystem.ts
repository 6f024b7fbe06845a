/**
 * Buckets as folders and keys as files below a folder of the host, which belong to the namespace of the workload. A value appears whole:
 * written beside, then renamed. For one host process: increments wait for each other in this process only.
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { nameOfPath, pathOfName } from "../name-on-disk.ts";
import { oneAtATime } from "../one-at-a-time.ts";
import { type Bucket, type KeyValueBackend, pageKeys } from "./bucket.ts";
import { encodeCounter, incremented } from "./counter.ts";

/** Not the path of any key: those do not end so. */
const temporary = "~tmp";

export function filesystemBackend(root: string): KeyValueBackend {
  const inTurn = oneAtATime();
  return {
    async open(name) {
      const folder = join(root, pathOfName(name));
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return openFolder(folder, inTurn);
    },
  };
}

function openFolder(folder: string, inTurn: ReturnType<typeof oneAtATime>): Bucket {
  const pathOf = (key: string) => join(folder, pathOfName(key));

  const read = async (key: string) => {
    const bytes = await unlessMissing(readFile(pathOf(key)));
    return bytes && new Uint8Array(bytes);
  };
  const write = async (key: string, value: Uint8Array) => {
    const path = pathOf(key);
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const half = join(folder, `${randomUUID()}${temporary}`);
    try {
      await writeFile(half, value, { mode: 0o600 });
      await rename(half, path);
    } catch (error) {
      await rm(half, { force: true });
      throw error;
    }
  };

  return {
    get: read,
    set: (key, value) => inTurn(pathOf(key), () => write(key, value)),
    delete: (key) => inTurn(pathOf(key), () => rm(pathOf(key), { force: true })),
    exists: async (key) => (await unlessMissing(stat(pathOf(key)))) !== undefined,
    async listKeys(cursor = 0n) {
      // the order of paths; the cursor is how many were given. What is added or removed meanwhile may shift it
      const keys = (await filesBelow(folder)).toSorted();
      const end = Number(cursor) + pageKeys;
      const page = keys.slice(Number(cursor), end).flatMap((path) => nameOfPath(path) ?? []);
      return end < keys.length ? { keys: page, cursor: BigInt(end) } : { keys: page };
    },
    increment: (key, delta) =>
      inTurn(pathOf(key), async () => {
        const sum = incremented(await read(key), delta);
        await write(key, encodeCounter(sum));
        return sum;
      }),
  };
}

async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(temporary))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

async function unlessMissing<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw error;
  }
}
