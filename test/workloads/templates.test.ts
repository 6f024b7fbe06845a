/** Each TypeScript template of `holdfast new`, built, applied, doing what its README says. (`http`: journey.test.ts.) */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { holdfastProcess, operatorEnv, type TemporaryFolder, waitFor } from "@holdfast/testkit";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Answer, callAt, type Platform, startPlatform } from "./platform.ts";
import { builtProject, projectsFolder } from "./projects.ts";

/** Template -> the project made of it. */
const names = {
  keyvalue: "counter",
  blobstore: "files-over-http",
  service: "clockwork",
  messaging: "shouter",
  "s3-event": "upload-counter",
} as const;
type Template = keyof typeof names;

let folder: TemporaryFolder;
let platform: Platform;
let nc: NatsConnection;

beforeAll(async () => {
  folder = await projectsFolder();
  [platform] = await Promise.all([
    startPlatform(1),
    // a build takes one CPU for ten seconds and some hundred MB: two at a time
    inTurn("keyvalue", "service"),
    inTurn("blobstore", "s3-event", "messaging"),
  ]);
  nc = await platform.mesh.connectAdmin();
  await holdfast("bucket", "create", "files");
  await platform.s3.send(new CreateBucketCommand({ Bucket: "photos" }));
  for (const name of Object.values(names)) {
    const project = join(folder.path, name);
    await platform.push(`${name}.wasm`, await readFile(join(project, `${name}.wasm`)));
    const manifest = join(project, "workload.yaml");
    // there is one host, and three StarlingMonkeys start three times as slowly
    await writeFile(manifest, (await readFile(manifest, "utf8")).replace("replicas: 3", "replicas: 1"));
  }
  await holdfast("apply", ...Object.values(names).flatMap((name) => ["-f", `${name}/workload.yaml`]));
  for (const name of Object.values(names)) await platform.rolledOut(name, 120_000);
}, 600_000);
afterAll(async () => {
  await nc.close();
  await platform[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

async function inTurn(...templates: Template[]): Promise<void> {
  for (const template of templates) await builtProject(folder.path, names[template], template);
}

/** `holdfast ARGS` where the projects lie; what it printed. */
async function holdfast(...args: string[]): Promise<string> {
  const env = operatorEnv(platform.mesh.nats);
  const { code, stdout, stderr } = await holdfastProcess(args, { cwd: folder.path, env });
  if (code !== 0) throw new Error(`holdfast ${args.join(" ")}: exit code ${code}:\n${stderr}`);
  return stdout;
}

/** `curl -H 'Host: NAME.localhost'` */
const curl = (template: Template, path: string, method = "GET", body = ""): Promise<Answer> =>
  callAt(platform.mesh.hosts[0]?.http ?? "", `${names[template]}.localhost`, path, method, body);

describe("the template", () => {
  test("keyvalue counts the visits of each path", async () => {
    expect(await curl("keyvalue", "/a/page")).toMatchObject({ status: 200, body: "/a/page was visited 1 times\n" });
    expect((await curl("keyvalue", "/a/page")).body).toBe("/a/page was visited 2 times\n");
    expect((await curl("keyvalue", "/")).body).toBe("/ was visited 1 times\n");
  });

  test("blobstore stores what S3 clients then see, and serves what they stored", async () => {
    const text = "bytes of a photo\n".repeat(1_000);
    expect(await curl("blobstore", "/photo.jpg", "PUT", text)).toMatchObject({ status: 201 });
    const { Body } = await platform.s3.send(new GetObjectCommand({ Bucket: "files", Key: "photo.jpg" }));
    expect(await Body?.transformToString()).toBe(text);
    await platform.s3.send(new PutObjectCommand({ Bucket: "files", Key: "a b.txt", Body: "from S3" }));
    expect(await curl("blobstore", "/a%20b.txt")).toMatchObject({ status: 200, body: "from S3" });
    expect((await curl("blobstore", "/nothing")).status).toBe(404);
  });

  test("messaging answers in capital letters", async () => {
    const answer = await nc.request(`${names.messaging}.shout`, "hello", { timeout: 10_000 });
    expect(answer.string()).toBe("HELLO");
  });

  test("service runs and logs each round", async () => {
    expect(await logOf("service", /round 1/)).toContain("round 1");
  });

  test("s3-event logs how many uploads a bucket had", async () => {
    // more than there are instances: each handles several
    for (let i = 1; i <= 6; i++) {
      await platform.s3.send(new PutObjectCommand({ Bucket: "photos", Key: `${i}.jpg`, Body: "bytes" }));
    }
    expect(await logOf("s3-event", /is upload 6/)).toMatch(/photos\/\d\.jpg is upload 6/);
  });
});

/** What the project's log says, once it says this. */
const logOf = (template: Template, what: RegExp): Promise<string> =>
  waitFor(
    async () => {
      const text = await holdfast("logs", names[template]);
      return what.test(text) && text;
    },
    { timeoutMs: 60_000, intervalMs: 500, what: `${String(what)} in the log` },
  );
