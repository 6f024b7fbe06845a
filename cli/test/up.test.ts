/** `holdfast up` from the working tree, as `npm start` runs it: real processes in a data folder of the test's own. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from "@aws-sdk/client-s3";
import { startNats, waitFor } from "@holdfast/testkit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
const Ready = z.object({
  endpoint: z.string(),
  natsUrl: z.string(),
  workloads: z.string().optional(),
  accessKeyId: z.string(),
  secretAccessKey: z.string(),
  pid: z.number(),
});
const Run = z.object({ children: z.array(z.object({ name: z.string(), pid: z.number() })) });

let home: string;
const started: ChildProcess[] = [];
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "holdfast-up-"));
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    child.kill("SIGTERM");
    await once(child, "exit");
  }
  // what a failed test left in the background
  if (existsSync(join(home, "run.json"))) await holdfast(["down"]).exited;
  await rm(home, { recursive: true, force: true });
});

type Up = { child: ChildProcess; exited: Promise<number | null>; stdout(): string; stderr(): string };

/** Starts `holdfast ...` with this test's folder; nothing of the developer's own settings. */
function holdfast(args: readonly string[], env: NodeJS.ProcessEnv = {}): Up {
  const { PATH, HOME, HOLDFAST_CACHE_DIR } = process.env;
  const child = spawn(process.execPath, [main, ...args, "--home", home], {
    // free ports: others run a mesh on this machine, too, and the usual ones could go in between
    env: { PATH, HOME, HOLDFAST_CACHE_DIR, HOLDFAST_NATS_PORT: "0", HOLDFAST_HOST_HTTP_PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.push(child);
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text) => (texts[name] += String(text)));
  }
  const exited = new Promise<number | null>((settle) => child.once("close", (code) => settle(code)));
  return { child, exited, stdout: () => texts.stdout, stderr: () => texts.stderr };
}

async function up(
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Up & { ready: z.output<typeof Ready> }> {
  const running = holdfast(["up", "--port", "0", "--output", "json", ...args], env);
  const over = running.exited.then((code) => {
    // one that goes on in the background has told all by then
    if (running.stdout().includes("\n")) return running.stdout();
    throw new Error(`holdfast up ended with ${code}:\n${running.stderr()}`);
  });
  const line = await Promise.race([
    waitFor(() => running.stdout().includes("\n") && running.stdout(), { timeoutMs: 50_000 }),
    over,
  ]);
  return { ...running, ready: Ready.parse(JSON.parse(line)) };
}

async function children(): Promise<z.output<typeof Run>["children"]> {
  return Run.parse(JSON.parse(await readFile(join(home, "run.json"), "utf8"))).children;
}

/** Kills a child and waits until there is another in its place. */
async function killed(name: string): Promise<void> {
  const pidOf = async () => (await children()).find((child) => child.name === name)?.pid;
  const before = await pidOf();
  process.kill(before ?? 0, "SIGKILL");
  await waitFor(async () => ![before, undefined].includes(await pidOf()), {
    timeoutMs: 30_000,
    what: `another ${name}`,
  });
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

function s3({ endpoint, accessKeyId, secretAccessKey }: z.output<typeof Ready>): S3Client {
  return new S3Client({
    endpoint,
    region: "us-east-1",
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
}

async function modeOf(file: string): Promise<number> {
  return (await stat(join(home, file))).mode & 0o777;
}

// each starts a whole mesh once or twice: seconds here, a minute on a machine that runs all tests at once
describe("holdfast up", { timeout: 120_000 }, () => {
  test("serves S3, stops cleanly on Ctrl-C, and finds its data and key again", async () => {
    const first = await up();
    const client = s3(first.ready);
    await client.send(new CreateBucketCommand({ Bucket: "kept" }));
    await client.send(new PutObjectCommand({ Bucket: "kept", Key: "a", Body: "bytes" }));

    // the file works as it is in a shell
    const shown = spawn("sh", [
      "-c",
      `. ${home}/env && echo "$AWS_ACCESS_KEY_ID $AWS_SECRET_ACCESS_KEY $AWS_REGION $AWS_ENDPOINT_URL"`,
    ]);
    const [line] = await once(shown.stdout, "data");
    const { accessKeyId, secretAccessKey, endpoint } = first.ready;
    expect(String(line).trim()).toBe(`${accessKeyId} ${secretAccessKey} us-east-1 ${endpoint}`);
    for (const file of ["env", "credentials.json", "mesh.json", "run.json", "nats/nats.conf", "logs/auth.log"]) {
      expect([file, await modeOf(file)]).toEqual([file, 0o600]);
    }
    expect((await stat(home)).mode & 0o777).toBe(0o700);

    const before = await children();
    expect(before.map(({ name }) => name).sort()).toEqual([
      "auth",
      "host-agent",
      "multipart",
      "nats-server",
      "object-metadata",
      "s3-edge",
      "scheduler",
    ]);
    // the host is up, and no workload answers yet
    expect((await fetch(first.ready.workloads ?? "")).status).toBe(421);
    first.child.kill("SIGINT");
    expect(await first.exited).toBe(0);
    expect(before.filter(({ pid }) => isAlive(pid))).toEqual([]);

    const second = await up();
    expect(second.ready).toMatchObject({ accessKeyId, secretAccessKey });
    const object = await s3(second.ready).send(new GetObjectCommand({ Bucket: "kept", Key: "a" }));
    expect(await object.Body?.transformToString()).toBe("bytes");
  });

  test("is found by the other commands, refuses a second one, and starts again what was killed", async () => {
    const first = await up(["--s3-only"]);
    const { ready } = first;
    const status = holdfast(["status"]);
    expect([await status.exited, status.stderr()]).toEqual([0, ""]);
    expect(status.stdout()).toMatch(/s3-edge/);
    const list = holdfast(["key", "list"]);
    expect(await list.exited).toBe(0);
    expect(list.stdout()).toMatch(/default +yes +Active/);

    const second = holdfast(["up", "--port", "0"]);
    expect(await second.exited).toBe(1);
    expect(second.stderr()).toContain(`another holdfast up runs on ${home} (process ${ready.pid}, since `);

    await s3(ready).send(new CreateBucketCommand({ Bucket: "survives" }));
    // on the same ports, which clients know, and the same data
    for (const name of ["nats-server", "s3-edge"]) await killed(name);
    const head = () => s3(ready).send(new HeadBucketCommand({ Bucket: "survives" }));
    expect((await waitFor(head, { timeoutMs: 30_000 })).$metadata.httpStatusCode).toBe(200);

    const left = await children();
    first.child.kill("SIGKILL");
    await first.exited;
    expect(left.every(({ pid }) => isAlive(pid))).toBe(true);
    const next = await up(["--s3-only"]);
    // the system's first process, which inherited them, may take a moment to let go of them
    await waitFor(() => left.every(({ pid }) => !isAlive(pid)), { timeoutMs: 20_000 });
    expect(next.stderr()).toMatch(/ending nats-server \(process \d+\), left behind/);
  });

  test("runs object storage alone with --s3-only, with the keys of a credentials file", async () => {
    const file = join(home, "keys.json");
    const credentials = [
      { accessKey: "migrated-one", secretKey: "secret-of-one" },
      { accessKey: "migrated-two", secretKey: "secret-of-two" },
    ];
    await writeFile(file, JSON.stringify({ credentials }));
    const { ready } = await up(["--credentials", file, "--s3-only"]);
    expect(ready).toMatchObject({ accessKeyId: "migrated-one", secretAccessKey: "secret-of-one" });
    expect(ready.workloads).toBeUndefined();
    const names = (await children()).map(({ name }) => name);
    expect(names.toSorted()).toEqual(["auth", "multipart", "nats-server", "object-metadata", "s3-edge"]);
    await s3(ready).send(new CreateBucketCommand({ Bucket: "shared-bucket" }));
    const two = s3({ ...ready, accessKeyId: "migrated-two", secretAccessKey: "secret-of-two" });
    await expect(
      two.send(new PutObjectCommand({ Bucket: "shared-bucket", Key: "a", Body: "b" })),
    ).resolves.toBeDefined();
  });

  test("uses a NATS cluster that runs already, and leaves it running", async () => {
    await using nats = await startNats();
    const external = { HOLDFAST_NATS_URL: nats.url };
    const running = await up(["--s3-only"], external);
    expect(running.ready.natsUrl).toBe(nats.url.replace("nats://", ""));
    expect((await children()).map(({ name }) => name)).not.toContain("nats-server");
    await s3(running.ready).send(new CreateBucketCommand({ Bucket: "external" }));
    const list = holdfast(["bucket", "list"], external);
    expect([await list.exited, list.stderr()]).toEqual([0, ""]);
    expect(list.stdout()).toMatch(/external +default +R1 file/);
    running.child.kill("SIGTERM");
    expect(await running.exited).toBe(0);
    await using nc = await nats.connect();
    await expect(nc.flush()).resolves.toBeUndefined();
  });

  test("is left in the background by --detach, tells its key there alone, and is stopped by holdfast down", async () => {
    const { ready, exited } = await up(["--detach", "--s3-only"]);
    expect(await exited).toBe(0);
    const running = await children();
    expect(running.every(({ pid }) => isAlive(pid)) && isAlive(ready.pid)).toBe(true);
    await s3(ready).send(new CreateBucketCommand({ Bucket: "behind" }));
    const log = await readFile(join(home, "logs/up.log"), "utf8");
    expect(log).toContain("ok  s3-edge on ");
    expect(log).not.toContain(ready.secretAccessKey);

    const down = holdfast(["down", "--output", "json"]);
    expect([await down.exited, JSON.parse(down.stdout())]).toEqual([0, { home, stopped: true }]);
    // the system's first process, which inherited it, may take a moment to let go of it
    await waitFor(() => [...running, ready].every(({ pid }) => !isAlive(pid)));
    const again = holdfast(["down"]);
    expect([await again.exited, again.stdout()]).toEqual([0, `nothing runs on ${home}\n`]);
  });

  test("shows the end of its log when it fails in the background", async () => {
    const refused = holdfast(["up", "--detach", "--port", "0"], { HOLDFAST_PURGE_GRACE: "soon" });
    expect(await refused.exited).toBe(2);
    expect(refused.stderr()).toMatch(/holdfast up ended with 2:[^]*HOLDFAST_PURGE_GRACE/);
  });

  test("says so when the S3 port is taken, and starts nothing", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const refused = holdfast(["up"], { HOLDFAST_S3_PORT: String(port) });
    expect(await refused.exited).toBe(1);
    expect(refused.stderr()).toMatch(new RegExp(`holdfast: port ${port} on 127.0.0.1 is in use: .*--port\n$`));
    other.close();
  });

  test("exits with 2 on a setting that a service refuses, showing what it said", async () => {
    const refused = holdfast(["up", "--port", "0"], { HOLDFAST_PURGE_GRACE: "soon" });
    expect(await refused.exited).toBe(2);
    expect(refused.stderr()).toContain("HOLDFAST_PURGE_GRACE");
  });
});
