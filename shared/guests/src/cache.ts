/** Where built things are kept: `.cache/guests/<label>-<hash of all it was made from>`, written once, never changed. */
import { createHash } from "node:crypto";
import { access, mkdir, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { jcoPackage, ownWit } from "./jco.ts";

const project = fileURLToPath(new URL("../../..", import.meta.url));

/** `HOLDFAST_CACHE_DIR`, else `.cache` in the project, as for other fetched and built things. */
export const cacheFolder = join(resolve(process.env["HOLDFAST_CACHE_DIR"] ?? join(project, ".cache")), "guests");

/** The path for what is made of `source`; the version of jco and the WIT files count too. */
export async function cachePath(label: string, source: unknown, extension: string): Promise<string> {
  const hash = createHash("sha256")
    .update(await tools())
    .update(JSON.stringify(source));
  return join(cacheFolder, `${label}-${hash.digest("hex").slice(0, 16)}${extension}`);
}

/**
 * The cached file of what other tools make of `source`; `make` writes it to the path that it is given. Two that come at once both make it.
 */
export async function cachedFile(
  label: string,
  source: unknown,
  extension: string,
  make: (path: string) => Promise<void>,
): Promise<string> {
  const path = await cachePath(label, source, extension);
  if (await exists(path)) return path;
  await mkdir(cacheFolder, { recursive: true });
  const unfinished = `${path}.${process.pid}.unfinished`;
  try {
    await make(unfinished);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  await removeOlder(path);
  return path;
}

/** Removes what earlier sources of the same label made. */
export async function removeOlder(path: string): Promise<void> {
  const [, label, extension] = /^(.*)-[0-9a-f]{16}(.*)$/.exec(basename(path)) ?? [];
  const isOlder = (file: string) =>
    file !== basename(path) && file.replace(/[0-9a-f]{16}/, "") === `${label}-${extension}`;
  const older = (await readdir(cacheFolder)).filter(isOlder);
  await Promise.all(older.map((file) => rm(join(cacheFolder, file), { recursive: true, force: true })));
}

export const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

let toolsOnce: Promise<string> | undefined;

const tools = () => (toolsOnce ??= readTools());

async function readTools(): Promise<string> {
  const wit = (await readdir(ownWit)).filter((file) => file.endsWith(".wit"));
  const files = [jcoPackage, ...wit.map((file) => new URL(file, ownWit))];
  return (await Promise.all(files.map((file) => readFile(file, "utf8")))).join("\0");
}
