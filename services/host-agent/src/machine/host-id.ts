/** A host's id outlives its process: workloads are placed on it by that. */
import { isHostId } from "@holdfast/host-protocol";
import { randomUUID } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

/** The id that the file holds; makes file and id when there is none. */
export async function keptHostId(file: string): Promise<string> {
  const kept = (await readFile(file, "utf8").catch(() => "")).trim();
  if (isHostId(kept)) return kept;
  const made = randomUUID();
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${made}\n`);
  return made;
}
