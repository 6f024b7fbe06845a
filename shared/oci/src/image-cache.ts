/**
 * Content by digest on disk, with a limit: what was used longest ago goes first. Everything is verified when it is read, so a damaged
 * file is a miss; files appear whole (written beside, then renamed), so several processes may share a folder.
 *
 *     <folder>/blobs/<algorithm>-<hex>   content; its modification time says when it was last used
 *     <folder>/references/<hex>          which digest a name stood for when it was last pulled
 */
import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf, matchesDigest } from "./digest.ts";
import { isDigest } from "./reference.ts";

export type ImageCache = {
  /** The content, or undefined when it is not here (or damaged). */
  read(digest: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
  /** Keeps content whose digest was verified, and makes room for it. More than the limit is not kept. */
  write(digest: string, bytes: Uint8Array): Promise<void>;
  /** The digest that was remembered for a name: a reference as text, a URL. */
  lookUp(name: string): Promise<string | undefined>;
  remember(name: string, digest: string): Promise<void>;
  /** Bytes of content on disk. */
  readonly size: number;
};

export type ImageCacheOptions = { readonly folder: string; /** Default 2 GiB. */ readonly maxBytes?: number };

const maxReferences = 10_000;
/** What a process that was killed left half written. */
const staleTemporaryMs = 3_600_000;

export async function openImageCache({ folder, maxBytes = 2 * 1024 ** 3 }: ImageCacheOptions): Promise<ImageCache> {
  const blobs = join(folder, "blobs");
  const references = join(folder, "references");
  // images may be private
  for (const path of [blobs, references]) await mkdir(path, { recursive: true, mode: 0o700 });
  // oldest use first: a Map keeps its order
  const kept = await scan(blobs);
  let size = [...kept.values()].reduce((sum, bytes) => sum + bytes, 0);

  const forget = (name: string) => {
    size -= kept.get(name) ?? 0;
    kept.delete(name);
  };
  const use = (name: string, bytes: number) => {
    forget(name);
    kept.set(name, bytes);
    size += bytes;
  };
  const makeRoom = async (needed: number) => {
    for (const name of kept.keys()) {
      if (size + needed <= maxBytes) return;
      forget(name);
      await rm(join(blobs, name), { force: true });
    }
  };
  await makeRoom(0);

  return {
    get size() {
      return size;
    },
    async read(digest) {
      const name = fileName(digest);
      const path = join(blobs, name);
      const bytes = await readIfThere(path);
      if (bytes === undefined || !matchesDigest(bytes, digest)) {
        forget(name);
        if (bytes !== undefined) await rm(path, { force: true });
        return undefined;
      }
      use(name, bytes.length);
      const now = new Date();
      // only the order of clean-up hangs on it, and another process may have removed the file
      await utimes(path, now, now).catch(() => undefined);
      return bytes;
    },
    async write(digest, bytes) {
      if (bytes.length > maxBytes) return;
      await makeRoom(bytes.length);
      const name = fileName(digest);
      await replaceFile(join(blobs, name), bytes);
      use(name, bytes.length);
    },
    async lookUp(name) {
      const text = (await readIfThere(join(references, referenceName(name))))?.toString("utf8");
      return text !== undefined && isDigest(text) ? text : undefined;
    },
    async remember(name, digest) {
      await replaceFile(join(references, referenceName(name)), digest);
      await keepNewest(references, maxReferences);
    },
  };
}

const fileName = (digest: string) => digest.replace(":", "-");
const referenceName = (name: string) => fileName(digestOf(Buffer.from(name)));

async function readIfThere(path: string): Promise<Buffer<ArrayBuffer> | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    await writeFile(temporary, content, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Sizes by name, the one used longest ago first; half-written files that nobody finishes any more are removed. */
async function scan(folder: string): Promise<Map<string, number>> {
  const files = await filesByAge(folder);
  for (const { name } of files.filter(
    (each) => each.name.endsWith(".tmp") && each.usedMs < Date.now() - staleTemporaryMs,
  )) {
    await rm(join(folder, name), { force: true });
  }
  return new Map(files.filter(({ name }) => !name.endsWith(".tmp")).map(({ name, size }) => [name, size]));
}

async function keepNewest(folder: string, count: number): Promise<void> {
  if ((await readdir(folder)).length <= count) return;
  const files = await filesByAge(folder);
  for (const { name } of files.slice(0, files.length - count)) await rm(join(folder, name), { force: true });
}

async function filesByAge(folder: string): Promise<{ name: string; size: number; usedMs: number }[]> {
  const names = await readdir(folder);
  const files = await Promise.all(
    names.map(async (name) => {
      // another process may have removed it meanwhile
      const found = await stat(join(folder, name)).catch(() => undefined);
      return found?.isFile() === true ? [{ name, size: found.size, usedMs: found.mtimeMs }] : [];
    }),
  );
  return files.flat().sort((a, b) => a.usedMs - b.usedMs);
}
