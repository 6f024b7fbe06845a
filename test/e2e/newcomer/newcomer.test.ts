/** What the README promises: a fresh clone, nothing installed, `npm start`, and an S3 client works with what it wrote. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { temporaryFolder, type TemporaryFolder } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const run = promisify(execFile);

let folder: TemporaryFolder;
let clone: string;

beforeAll(async () => {
  folder = await temporaryFolder("holdfast-newcomer-");
  clone = join(folder.path, "holdfast");
  await run("git", ["clone", "--quiet", root, clone]);
});
/** What still runs when a test failed in the middle: each with its process group. */
const running = new Set<ChildProcess>();
afterAll(async () => {
  for (const { pid } of running) if (pid !== undefined) process.kill(-pid, "SIGKILL");
  await folder[Symbol.asyncDispose]();
});

/** What a shell would have after `source .holdfast/env`. */
async function sourcedEnvironment(): Promise<Record<string, string>> {
  const { stdout } = await run("bash", ["-c", "set -a; source .holdfast/env; env -0"], { cwd: clone });
  return Object.fromEntries(stdout.split("\0").map((line) => line.split(/=(.*)/s, 2) as [string, string]));
}

/** `npm start`, until it says that it is ready; rejects with what it printed when it ends before. */
async function start(): Promise<{ npm: ChildProcess; printed: () => string }> {
  // A shell's environment, not vitest's: a newcomer has Node 20 and no settings of ours.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(HOLDFAST|VITEST|NODE_(?!EXTRA_CA)|npm_)/.test(name)),
  );
  const npm = spawn("npm", ["start", "--", "--port", "0"], {
    cwd: clone,
    env,
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  running.add(npm);
  npm.once("close", () => running.delete(npm));
  let text = "";
  const ready = Promise.withResolvers<void>();
  for (const stream of [npm.stdout, npm.stderr]) {
    stream?.setEncoding("utf8").on("data", (piece: string) => {
      text += piece;
      if (text.includes("Holdfast is ready")) ready.resolve();
    });
  }
  npm.once("close", (code) => ready.reject(new Error(`npm start ended with ${code}:\n${text}`)));
  await ready.promise;
  return { npm, printed: () => text };
}

/** Ctrl-C in a terminal reaches the whole process group. */
async function interrupt(npm: ChildProcess): Promise<void> {
  const closed = once(npm, "close");
  if (npm.pid !== undefined) process.kill(-npm.pid, "SIGINT");
  await closed;
}

describe("npm start in a fresh clone", () => {
  test("installs what is missing, serves S3 with the key it made, and finds the data again", async () => {
    const first = await start();
    const env = await sourcedEnvironment();
    const { AWS_ACCESS_KEY_ID = "", AWS_SECRET_ACCESS_KEY = "", AWS_ENDPOINT_URL = "", AWS_REGION = "" } = env;
    expect(first.printed()).toContain(AWS_ACCESS_KEY_ID);
    expect((await stat(join(clone, ".holdfast/env"))).mode & 0o777).toBe(0o600);
    const credentials = { accessKeyId: AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SECRET_ACCESS_KEY };
    const s3 = new S3Client({ endpoint: AWS_ENDPOINT_URL, region: AWS_REGION, credentials, forcePathStyle: true });
    const readme = await readFile(join(clone, "README.md"));
    await s3.send(new CreateBucketCommand({ Bucket: "b" }));
    await s3.send(new PutObjectCommand({ Bucket: "b", Key: "README.md", Body: readme }));
    await interrupt(first.npm);

    const second = await start();
    const { AWS_ENDPOINT_URL: endpoint = "", AWS_ACCESS_KEY_ID: sameKey } = await sourcedEnvironment();
    expect(sameKey).toBe(AWS_ACCESS_KEY_ID);
    const again = new S3Client({ endpoint, region: AWS_REGION, credentials, forcePathStyle: true });
    const { Body } = await again.send(new GetObjectCommand({ Bucket: "b", Key: "README.md" }));
    expect(await Body?.transformToString()).toBe(readme.toString());
    await interrupt(second.npm);
    for (const client of [s3, again]) client.destroy();
  }, 300_000);
});
