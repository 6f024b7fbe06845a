/**
 * The file that holds the master key: 32 random bytes in base64, readable by its owner only. Every instance of a
 * service needs the same one. Losing it loses all secrets that the service keeps, so it belongs into the backup (and not beside the
 * data).
 */
import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";

/** A problem with the file that the operator must solve: the message says how. */
export class MasterKeyProblem extends Error {}

/**
 * The key; undefined when the file does not exist. Throws `MasterKeyProblem` when others may read it or it holds no
 * key.
 */
export async function readMasterKey(path: string): Promise<Uint8Array | undefined> {
  let mode: number;
  try {
    mode = (await stat(path)).mode;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw new MasterKeyProblem(`${path} cannot be read`, { cause: error });
  }
  if ((mode & 0o077) !== 0)
    throw new MasterKeyProblem(`${path} is open to others than its owner: run chmod 600 ${path}`);
  const text = (await readFile(path, "utf8")).trim();
  const key = Buffer.from(text, "base64");
  if (key.length !== 32 || !/^[A-Za-z0-9+/]{43}=$/.test(text)) {
    throw new MasterKeyProblem(
      `${path} does not hold 32 bytes in base64: restore it, or make one with: openssl rand -base64 32`,
    );
  }
  return key;
}

/** Makes the file with a new key, mode 0600. When another instance is faster, its key is the one. */
export async function createMasterKey(path: string): Promise<Uint8Array> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(`${randomBytes(32).toString("base64")}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  try {
    // link, not rename: it never replaces a file, and what it makes is whole from the start
    await link(draft, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    await rm(draft);
  }
  const key = await readMasterKey(path);
  if (key === undefined) throw new MasterKeyProblem(`${path} vanished while it was being made`);
  return key;
}
