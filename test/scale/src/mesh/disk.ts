/** What lies on disk, as the file system counts it. */
import { lstat, readdir, statfs } from "node:fs/promises";
import { join } from "node:path";

const bytesPerBlock = 512;

/** Bytes that the files of a folder occupy: a file that is longer than what was written to it counts for what was. */
export async function bytesOnDisk(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += await blocksOf(join(entry.parentPath, entry.name));
  }
  return bytes;
}

/** A file may go between being listed and being looked at: then it is nothing. */
async function blocksOf(file: string): Promise<number> {
  try {
    return (await lstat(file)).blocks * bytesPerBlock;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return 0;
    throw error;
  }
}

/** Throws with both figures when the folder's disk has not so much room. */
export async function expectFreeBytes(folder: string, needed: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  const gib = (bytes: number) => `${(bytes / 1024 ** 3).toFixed(1)} GiB`;
  if (bavail * bsize < needed)
    throw new Error(`${folder} has ${gib(bavail * bsize)} free, this needs ${gib(needed)}: give less, or set TMPDIR`);
}
