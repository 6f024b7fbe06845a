/** Each template of `holdfast new`, built, applied, doing what its README says. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from "@aws-sdk/client-s3";
import { holdfastProcess, operatorEnv, type TemporaryFolder, waitFor } from "@holdfast/testkit";
import type { NatsConnection } from "@nats-io/transport-node";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { callAt, type Platform, startPlatform } from "./platform.ts";
import { builtProject, type Language, projectsFolder, whyNoRust } from "./projects.ts";

type Template = "http" | "keyvalue" | "blobstore" | "service" | "messaging" | "s3-event";

const whyNot = { typescript: undefined, rust: await whyNoRust() };

let folder: TemporaryFolder;
let platform: Platform;
let nc: NatsConnection;
beforeAll(async () => {
  [folder, platform] = await Promise.all([projectsFolder(), startPlatform(1)]);
  nc = await platform.mesh.connectAdmin();
  await holdfast("bucket", "create", "files");
}, 120_000);
afterAll(async () => {
  await nc.close();
  await platform[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** `holdfast ARGS` where the projects lie; what it printed. */
async function holdfast(...args: string[]): Promise<string> {
  const env = operatorEnv(platform.mesh.nats);
  const { code, stdout, stderr } = await holdfastProcess(args, { cwd: folder.path, env });
  if (code !== 0) throw new Error(`holdfast ${args.join(" ")}: exit code ${code}:\n${stderr}`);
  return stdout;
}

const isBuilt = (language: Language) => whyNot[language] === undefined;

describe.for(["typescript", "rust"] as const)("in %s, the template", (language) => {
  const nameOf = (template: Template) => `my-${template}-in-${language}`;
  /** Two at a time: a build takes one CPU for ten seconds and some hundred MB. */
  const inTurns: readonly (readonly Template[])[] =
    language === "typescript"
      ? [
          ["keyvalue", "service"],
          ["blobstore", "s3-event", "messaging"],
        ]
      : [["http", "keyvalue", "blobstore", "service", "s3-event", "messaging"]];
  const names = inTurns.flat().map(nameOf);

  beforeAll(async () => {
    if (!isBuilt(language)) return;
    await Promise.all(
      inTurns.map(async (templates) => {
        for (const template of templates) await builtProject(folder.path, nameOf(template), template, language);
      }),
    );
    for (const name of names) await uploadProject(name);
    await holdfast("apply", ...names.flatMap((name) => ["-f", `${name}/workload.yaml`]));
    for (const name of names) await platform.rolledOut(name, 120_000);
  }, 600_000);
  beforeEach(({ skip }) => skip(!isBuilt(language), whyNot[language]));
  afterAll(async () => {
    if (isBuilt(language)) await holdfast("delete", "deployment", ...names);
  });

  async function uploadProject(name: string): Promise<void> {
    await platform.push(`${name}.wasm`, await readFile(join(folder.path, name, `${name}.wasm`)));
    const manifest = join(folder.path, name, "workload.yaml");
    // there is one host, and three StarlingMonkeys start three times as slowly
    await writeFile(manifest, (await readFile(manifest, "utf8")).replace("replicas: 3", "replicas: 1"));
  }

  /** `curl -H 'Host: NAME.localhost'` */
  const curl = (template: Template, path: string, method = "GET", body = "") =>
    callAt(platform.mesh.hosts[0]?.http ?? "", `${nameOf(template)}.localhost`, path, method, body);

  /** What the project's log says, once it says this. */
  const logOf = (template: Template, what: RegExp): Promise<string> =>
    waitFor(
      async () => {
        const text = await holdfast("logs", nameOf(template));
        return what.test(text) && text;
      },
      { timeoutMs: 60_000, intervalMs: 500, what: `${String(what)} in the log` },
    );

  test("http greets by name", async ({ skip }) => {
    skip(language === "typescript", "journey.test.ts builds and asks it");
    expect(await curl("http", "/?name=you")).toMatchObject({ status: 200, body: "Hello, you!\n" });
    expect((await curl("http", "/elsewhere")).status).toBe(404);
  });

  test("keyvalue counts the visits of each path", async () => {
    const path = `/${language}/page`;
    expect(await curl("keyvalue", path)).toMatchObject({ status: 200, body: `${path} was visited 1 times\n` });
    expect((await curl("keyvalue", path)).body).toBe(`${path} was visited 2 times\n`);
    expect((await curl("keyvalue", `/${language}/`)).body).toBe(`/${language}/ was visited 1 times\n`);
  });

  test("blobstore stores what S3 clients then see, and serves what they stored", async () => {
    const text = "bytes of a photo\n".repeat(1_000);
    expect(await curl("blobstore", "/photo.jpg", "PUT", text)).toMatchObject({ status: 201 });
    const { Body } = await platform.s3.send(new GetObjectCommand({ Bucket: "files", Key: "photo.jpg" }));
    expect(await Body?.transformToString()).toBe(text);
    expect((await curl("blobstore", "/photo.jpg")).body).toBe(text);
    await platform.s3.send(new PutObjectCommand({ Bucket: "files", Key: "a.txt", Body: "from S3" }));
    expect(await curl("blobstore", "/a.txt")).toMatchObject({ status: 200, body: "from S3" });
    expect((await curl("blobstore", "/nothing")).status).toBe(404);
  });

  test("messaging answers in capital letters", async () => {
    const answer = await nc.request(`${nameOf("messaging")}.shout`, "hello, grüße", { timeout: 10_000 });
    expect(answer.string()).toBe("HELLO, GRÜSSE");
  });

  test("service runs and logs each round", async () => {
    expect(await logOf("service", /round \d/)).toMatch(/round \d/);
  });

  test("s3-event logs how many uploads a bucket had", async () => {
    const Bucket = `photos-of-${language}`;
    await platform.s3.send(new CreateBucketCommand({ Bucket }));
    // more than there are instances: each handles several
    for (let i = 1; i <= 6; i++) {
      await platform.s3.send(new PutObjectCommand({ Bucket, Key: `${i}.jpg`, Body: "bytes" }));
    }
    expect(await logOf("s3-event", /is upload 6/)).toContain(`${Bucket}/`);
  });
});
