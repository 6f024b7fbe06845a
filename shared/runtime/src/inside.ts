import { realpath } from "node:fs/promises";
import { relative, isAbsolute } from "node:path";

/** Whether a path (links resolved already) lies in one of these folders, or is one of them. A folder that is not there holds nothing. */
export async function isInside(path: string, folders: readonly string[]): Promise<boolean> {
  for (const folder of folders) {
    const root = await realpath(folder).catch(() => undefined);
    if (root === undefined) continue;
    const way = relative(root, path);
    if (way === "" || (!way.startsWith("..") && !isAbsolute(way))) return true;
  }
  return false;
}
