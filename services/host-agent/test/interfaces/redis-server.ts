/** A real redis-server for a test: `REDIS_SERVER`, the one of PATH, or Debian's package, fetched and unpacked into .cache (not installed). */
import { execFile, spawn } from "node:child_process";
import { access, mkdir, readdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { temporaryFolder, waitFor } from "@holdfast/testkit";
import { createClient } from "@redis/client";

const run = promisify(execFile);
const cache = fileURLToPath(new URL("../../../../.cache/redis", import.meta.url));
const packages = ["redis-tools", "liblzf1", "libjemalloc2", "liblua5.1-0", "lua-cjson", "lua-bitop"];

type RedisBinary = { readonly path: string; readonly libraries: string };

/** The binary, or why there is none. */
export async function findRedis(): Promise<RedisBinary | { readonly reason: string }> {
  const given = process.env.REDIS_SERVER ?? (await onPath("redis-server"));
  if (given !== undefined) return { path: given, libraries: "" };
  // the package's redis-check-rdb is the server under another name
  const path = join(cache, "usr/bin/redis-check-rdb");
  try {
    await access(path).catch(fetchPackages);
    return { path, libraries: await libraryFolder() };
  } catch (error) {
    return { reason: `no redis-server: set REDIS_SERVER, or have one in PATH (${String(error).split("\n")[0]})` };
  }
}

async function onPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? "").split(":")) {
    const path = join(folder, program);
    const isThere = await access(path).then(
      () => true,
      () => false,
    );
    if (isThere) return path;
  }
  return undefined;
}

async function fetchPackages(): Promise<void> {
  await mkdir(cache, { recursive: true });
  await run("apt-get", ["download", ...packages], { cwd: cache, timeout: 30_000 });
  for (const name of (await readdir(cache)).filter((each) => each.endsWith(".deb"))) {
    await run("dpkg", ["-x", join(cache, name), cache]);
  }
}

async function libraryFolder(): Promise<string> {
  const lib = join(cache, "usr/lib");
  return (await readdir(lib)).map((name) => join(lib, name)).join(":");
}

export type TestRedis = AsyncDisposable & { readonly url: string };

/** Starts a server on a free port, with nothing on disk. */
export async function startRedis({ path, libraries }: RedisBinary): Promise<TestRedis> {
  const folder = await temporaryFolder("holdfast-redis-");
  const port = await freePort();
  const options = [
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--appendonly",
    "no",
    "--dir",
    folder.path,
  ];
  // argv0: the name decides what the binary is
  const child = spawn(path, options, {
    argv0: "redis-server",
    env: { ...process.env, LD_LIBRARY_PATH: libraries },
    stdio: "ignore",
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = `redis://127.0.0.1:${port}`;
  await waitFor(() => ping(url), { timeoutMs: 10_000, what: "redis-server" });
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await exited;
      await folder[Symbol.asyncDispose]();
    },
  };
}

async function ping(url: string): Promise<string> {
  const client = createClient({ url, socket: { reconnectStrategy: false } });
  client.on("error", () => undefined);
  try {
    await client.connect();
    return await client.ping();
  } finally {
    client.destroy();
  }
}

function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer();
  server.listen(0, "127.0.0.1", () => {
    const address = server.address();
    server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
  });
  return promise;
}
