/**
 * Makes what the containers must not be shipped with: a NATS password per service, and nats-server's configuration with them.
 * `node deploy/init-secrets.ts FOLDER` writes FOLDER/<user>/nats-password and FOLDER/nats/nats.conf. Passwords that exist are kept,
 * the configuration is written anew, so that an upgrade brings its permissions along.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { generateMeshPasswords, type MeshUser, renderMeshConfig } from "@holdfast/nats-server";

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write("holdfast: init-secrets: no folder given; usage: node deploy/init-secrets.ts FOLDER\n");
  process.exit(2);
}

async function keptOr(file: string, fresh: string): Promise<string> {
  try {
    await writeFile(file, fresh, { mode: 0o600, flag: "wx" });
    return fresh;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST")
      return (await readFile(file, "utf8")).trim();
    throw error;
  }
}

const passwords: Record<MeshUser, string> = { ...generateMeshPasswords() };
for (const user of Object.keys(passwords) as MeshUser[]) {
  const own = join(folder, user);
  await mkdir(own, { recursive: true, mode: 0o700 });
  passwords[user] = await keptOr(join(own, "nats-password"), passwords[user]);
}
const nats = join(folder, "nats");
await mkdir(nats, { recursive: true, mode: 0o700 });
const config = renderMeshConfig({
  users: { passwords },
  listen: "0.0.0.0:4222",
  // it asks for no password, and only the container's own health check needs it
  monitoring: "127.0.0.1:8222",
  storeDir: "/data",
});
await writeFile(join(nats, "nats.conf"), config, { mode: 0o600 });
