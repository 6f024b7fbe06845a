/** Every way to sign in to NATS, against servers that ask for it. */
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { nkeys } from "@nats-io/nats-core";
import { selfSigned, startNats, temporaryFolder, type TestNats, waitFor } from "@holdfast/testkit";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { commonConfig, connectNats, loadConfig, NatsUnusable } from "../src/index.ts";
import { endAll, runFixture } from "./run-fixture.ts";

import { operatorMode } from "./support/operator.ts";

const folder = await temporaryFolder();
afterAll(() => folder[Symbol.asyncDispose]());
afterEach(endAll);

async function file(name: string, text: string): Promise<string> {
  const path = join(folder.path, name);
  await writeFile(path, text, { mode: 0o600 });
  return path;
}

/** Connects as a process with these variables would, and makes one round trip. */
async function signIn(nats: TestNats, env: Record<string, string>): Promise<string> {
  const config = loadConfig(commonConfig, { HOLDFAST_NATS_URL: nats.url, ...env });
  const nc = await connectNats(config, "tester");
  await nc.flush();
  await nc.close();
  return "connected";
}

async function refusalOf(connecting: Promise<unknown>): Promise<string> {
  const error: unknown = await connecting.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof NatsUnusable)) throw new Error(`no refusal but ${String(error)}`);
  return error.message;
}

describe("a process signs in", () => {
  test("with a user and a password, also from a file with a line end", async () => {
    await using nats = await startNats({ config: 'authorization { user: svc, password: "pass word" }' });
    const user = { HOLDFAST_NATS_USER: "svc" };
    expect(await signIn(nats, { ...user, HOLDFAST_NATS_PASSWORD: "pass word" })).toBe("connected");
    const passwordFile = await file("password", "pass word\n");
    expect(await signIn(nats, { ...user, HOLDFAST_NATS_PASSWORD_FILE: passwordFile })).toBe("connected");
    const refusal = await refusalOf(signIn(nats, { ...user, HOLDFAST_NATS_PASSWORD: "hunter2" }));
    expect(refusal).toContain("are the credentials right");
    expect(refusal).not.toContain("hunter2");
  });

  test("with a token", async () => {
    await using nats = await startNats({ config: "authorization { token: s3cr3t }" });
    expect(await signIn(nats, { HOLDFAST_NATS_TOKEN: "s3cr3t" })).toBe("connected");
    expect(await refusalOf(signIn(nats, { HOLDFAST_NATS_TOKEN: "other" }))).toContain("Authorization Violation");
  });

  test("with an nkey seed", async () => {
    const [own, other] = [nkeys.createUser(), nkeys.createUser()];
    await using nats = await startNats({ config: `authorization { users: [{ nkey: ${own.getPublicKey()} }] }` });
    const seedOf = (name: string, pair: typeof own) => file(name, `${Buffer.from(pair.getSeed()).toString()}\n`);
    expect(await signIn(nats, { HOLDFAST_NATS_NKEY_SEED_FILE: await seedOf("own.nk", own) })).toBe("connected");
    const foreign = signIn(nats, { HOLDFAST_NATS_NKEY_SEED_FILE: await seedOf("other.nk", other) });
    expect(await refusalOf(foreign)).toContain("Authorization Violation");
  });

  test("with a credentials file of an operator's account", async () => {
    const { config, credentials } = operatorMode();
    await using nats = await startNats({ config });
    expect(await signIn(nats, { HOLDFAST_NATS_CREDENTIALS_FILE: await file("user.creds", credentials) })).toBe(
      "connected",
    );
    expect(await refusalOf(signIn(nats, {}))).toContain("Authorization Violation");
  });
});

describe("TLS", () => {
  let nats: TestNats;
  let trusted: string;
  let client: { HOLDFAST_NATS_TLS_CERT: string; HOLDFAST_NATS_TLS_KEY: string };
  beforeAll(async () => {
    const [server, own] = [selfSigned(), selfSigned()];
    trusted = await file("ca.pem", server.certificate);
    const key = await file("server-key.pem", server.key);
    client = {
      HOLDFAST_NATS_TLS_CERT: await file("client.pem", own.certificate),
      HOLDFAST_NATS_TLS_KEY: await file("client-key.pem", own.key),
    };
    nats = await startNats({
      config: `tls { cert_file: "${trusted}", key_file: "${key}", ca_file: "${client.HOLDFAST_NATS_TLS_CERT}", verify: true }`,
    });
  });
  afterAll(() => nats.stop());

  test("connects when the CA is trusted and the client shows its certificate", async () => {
    const url = `tls://localhost:${nats.port}`;
    expect(await signIn(nats, { HOLDFAST_NATS_URL: url, HOLDFAST_NATS_TLS_CA: trusted, ...client })).toBe("connected");
  });

  test("refuses a server whose CA is not trusted, at once", async () => {
    expect(await refusalOf(signIn(nats, client))).toContain("self-signed certificate");
  });

  test("takes a server that is reached by its address for what its certificate says of that address", async () => {
    const { certificate, key } = selfSigned("address");
    const ca = await file("address.pem", certificate);
    const config = `tls { cert_file: "${ca}", key_file: "${await file("address-key.pem", key)}" }`;
    await using named = await startNats({ config });
    const url = `tls://127.0.0.1:${named.port}`;
    expect(await signIn(named, { HOLDFAST_NATS_URL: url, HOLDFAST_NATS_TLS_CA: ca })).toBe("connected");
    const other = signIn(nats, { HOLDFAST_NATS_TLS_CA: trusted, ...client });
    expect(await refusalOf(other)).toContain("IP: 127.0.0.1 is not in the cert's list");
  });

  test("refuses a server that does not speak it", async () => {
    await using plain = await startNats();
    expect(await refusalOf(signIn(plain, { HOLDFAST_NATS_TLS_CA: trusted }))).toContain("does not support 'tls'");
    const url = plain.url.replace("nats://", "tls://");
    expect(await refusalOf(signIn(plain, { HOLDFAST_NATS_URL: url }))).toContain("does not support 'tls'");
  });
});

describe("a process that starts before NATS", () => {
  /** A port that nobody listens on. */
  async function freePort(): Promise<number> {
    const server = createServer().listen(0, "127.0.0.1");
    await waitFor(() => server.listening);
    const address = server.address();
    await new Promise((resolve) => server.close(resolve));
    return typeof address === "object" && address ? address.port : 0;
  }

  test("says so, waits, and is ready when NATS is there", async () => {
    const port = await freePort();
    const { line } = runFixture({ HOLDFAST_NATS_URL: `nats://127.0.0.1:${port}` });
    expect(await line("NATS is not there yet: trying again")).toMatchObject({ level: "warn" });
    await using nats = await startNats({ port });
    expect(await line("ready")).toHaveProperty("admin");
    await nats.kill();
  });

  test("gives up after HOLDFAST_NATS_CONNECT_TIMEOUT with 1 and the address it tried", async () => {
    const url = `nats://127.0.0.1:${await freePort()}`;
    const { exit, stderr } = runFixture({ HOLDFAST_NATS_URL: url, HOLDFAST_NATS_CONNECT_TIMEOUT: "700ms" });
    expect(await exit()).toBe(1);
    expect(stderr()).toBe(
      `holdfast: cannot connect to NATS at ${url}: connection refused; is it running, and is HOLDFAST_NATS_URL right?\n`,
    );
  });

  test("does not wait when its credentials are refused", async () => {
    await using nats = await startNats({ config: "authorization { token: right }" });
    const { exit, stderr, lines } = runFixture({ HOLDFAST_NATS_URL: nats.url, HOLDFAST_NATS_TOKEN: "hunter2" });
    expect(await exit()).toBe(1);
    expect(stderr()).toContain("are the credentials right");
    expect(lines()).toEqual([]);
  });

  test("can be stopped while it waits", async () => {
    const { child, line, exit } = runFixture({ HOLDFAST_NATS_URL: `nats://127.0.0.1:${await freePort()}` });
    await line("NATS is not there yet: trying again");
    child.kill("SIGTERM");
    expect(await exit()).toBe(0);
  });
});

describe("a process whose connection is closed for good", () => {
  test("exits with 1 and says why, so that its supervisor starts it anew", async () => {
    await using nats = await startNats({ config: "authorization { token: first }" });
    const { line, exit, lines } = runFixture({ HOLDFAST_NATS_URL: nats.url, HOLDFAST_NATS_TOKEN: "first" });
    await line("ready");
    await nats.kill();
    await using other = await startNats({ port: nats.port, config: "authorization { token: second }" });
    expect(await exit()).toBe(1);
    expect(other.port).toBe(nats.port);
    const fatal = lines().filter(({ level }) => level === "fatal");
    expect(fatal).toMatchObject([{ msg: "the NATS connection was closed: exiting" }]);
  });
});
