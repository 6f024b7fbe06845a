import { jetstreamManager } from "@nats-io/jetstream";
import { startNats, temporaryFolder } from "@holdfast/testkit";
import { chmod, copyFile, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { call, scope, startInstance } from "./instance.ts";

test("secrets are nowhere in the stream's messages nor in the server's files", async () => {
  await using nats = await startNats();
  await using folder = await temporaryFolder();
  await using instance = await startInstance(nats, join(folder.path, "master.key"));
  const { secretAccessKey } = await instance.api.CreateAccessKey({ user: "ada" });
  const imported = { accessKeyId: "imported", secretAccessKey: "imported-secret", user: "eve", admin: false };
  await instance.api.ImportAccessKeys({ accessKeys: [imported] });

  const jsm = await jetstreamManager(await nats.connect());
  const { state } = await jsm.streams.info("KV_holdfast-auth");
  const raw: string[] = [];
  for (let seq = state.first_seq; seq <= state.last_seq; seq++) {
    raw.push((await jsm.streams.getMessage("KV_holdfast-auth", { seq }))?.string() ?? "");
  }
  await nats.kill("SIGTERM"); // what was still in memory is in the files now
  for (const entry of await readdir(nats.storeDir, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) raw.push(await readFile(join(entry.parentPath, entry.name), "latin1"));
  }
  await nats.restart();

  expect(raw.some((text) => text.includes("AES-256-GCM"))).toBe(true);
  for (const secret of [secretAccessKey, imported.secretAccessKey]) {
    expect(raw.some((text) => text.includes(secret) || text.includes(Buffer.from(secret).toString("base64")))).toBe(
      false,
    );
  }
});

test("a restarted instance serves the keys of before with the same master key file, made with mode 0600", async () => {
  await using nats = await startNats();
  await using folder = await temporaryFolder();
  const file = join(folder.path, "sub", "master.key");
  await using first = await startInstance(nats, file);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const { accessKeyId } = await first.api.CreateAccessKey({ user: "ada" });
  const before = await first.handlers.GetSigningKey({ accessKeyId, ...scope() }, call());

  await using second = await startInstance(nats, file, false);
  expect((await second.handlers.GetSigningKey({ accessKeyId, ...scope() }, call())).body).toEqual(before.body);
});

test("two instances that start at once on an empty store end up with one master key", async () => {
  await using nats = await startNats();
  await using folder = await temporaryFolder();
  const file = join(folder.path, "master.key");
  const instances = await Promise.all(Array.from({ length: 4 }, () => startInstance(nats, file)));
  const made = await instances[0]?.handlers.CreateAccessKey({ user: "ada", admin: false }, call());
  for (const { handlers } of instances) {
    await expect(
      handlers.GetSigningKey({ accessKeyId: made?.accessKeyId ?? "", ...scope() }, call()),
    ).resolves.toBeDefined();
  }
  await Promise.all(instances.map((instance) => instance[Symbol.asyncDispose]()));
  expect(await readdir(folder.path)).toEqual(["master.key"]);
});

test("auth refuses to start with a master key that is missing, another one, malformed or open to others, and makes no new one", async () => {
  await using nats = await startNats();
  await using folder = await temporaryFolder();
  const file = join(folder.path, "master.key");
  const elsewhere = join(folder.path, "elsewhere.key");

  await expect(startInstance(nats, file, false)).rejects.toThrow(/does not exist: make it with/);
  await (await startInstance(nats, file))[Symbol.asyncDispose]();

  await expect(startInstance(nats, elsewhere)).rejects.toThrow(/restore that file/);
  await expect(stat(elsewhere)).rejects.toMatchObject({ code: "ENOENT" });

  await writeFile(elsewhere, `${Buffer.alloc(32, 7).toString("base64")}\n`, { mode: 0o600 });
  await expect(startInstance(nats, elsewhere)).rejects.toThrow(/holds another master key/);
  await writeFile(elsewhere, "not a key");
  await expect(startInstance(nats, elsewhere)).rejects.toThrow(/does not hold 32 bytes/);

  await rm(elsewhere);
  await copyFile(file, elsewhere);
  await chmod(elsewhere, 0o640);
  await expect(startInstance(nats, elsewhere)).rejects.toThrow(/chmod 600/);
});
