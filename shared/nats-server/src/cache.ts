/** The cache folder of fetched binaries: `<cache>/nats-server/<name>/nats-server`, each filled by one atomic rename. */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, chmod, constants, copyFile, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

export const binaryName = process.platform === "win32" ? "nats-server.exe" : "nats-server";

/** Where a fetched binary of this name lies (or will lie). */
export function cachedBinary(cacheDir: string, name: string): string {
  return join(cacheDir, "nats-server", name, binaryName);
}

/** True when the file exists and may be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Fetches into a folder of its own beside the target, then renames the binary into place: a process that dies in the middle
 * leaves no half a binary, and of two that fetch at once the later rename wins with the same bytes.
 */
export async function installBinary(
  cacheDir: string,
  name: string,
  fetchInto: (folder: string) => Promise<string>,
): Promise<string> {
  const target = cachedBinary(cacheDir, name);
  const root = join(cacheDir, "nats-server");
  await mkdir(join(root, name), { recursive: true });
  const work = await mkdtemp(join(root, ".fetch-"));
  try {
    const fetched = await fetchInto(work);
    const staged = join(work, "staged");
    await copyFile(fetched, staged);
    await chmod(staged, 0o755);
    await rename(staged, target);
    return target;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

/** Rejects when the file's digest is not the expected one (lower-case hex, or base64 for sha512 as npm writes it). */
export async function verifyDigest(
  path: string,
  algorithm: "sha256" | "sha512",
  expected: string,
  encoding: "hex" | "base64" = "hex",
): Promise<void> {
  const hash = createHash(algorithm);
  await pipeline(createReadStream(path), hash);
  const actual = hash.digest(encoding);
  if (actual !== expected) {
    throw new Error(`${algorithm} of the download is ${actual}, expected ${expected}: it is not used`);
  }
}
