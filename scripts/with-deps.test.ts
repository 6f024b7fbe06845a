/** with-deps.mjs in a project of its own, with a stand-in for npm. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let project: string;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), "holdfast-with-deps-"));
  await mkdir(join(project, "scripts"));
  await mkdir(join(project, "bin"));
  await cp(new URL("with-deps.mjs", import.meta.url), join(project, "scripts/with-deps.mjs"));
  await writeFile(join(project, "package.json"), "{}");
  await writeFile(join(project, "package-lock.json"), JSON.stringify({ packages: { "": {} } }));
  await writeFile(join(project, "hello.mjs"), "console.log('hello', ...process.argv.slice(2)); process.exitCode = 3;");
  await npmThat("mkdir -p node_modules && echo x >> npm-runs");
});
afterEach(() => rm(project, { recursive: true, force: true }));

async function npmThat(commands: string): Promise<void> {
  await writeFile(join(project, "bin/npm"), `#!/bin/sh\n${commands}\n`);
  await chmod(join(project, "bin/npm"), 0o755);
}

function start(...args: string[]): ChildProcess {
  const env = { PATH: `${join(project, "bin")}:/usr/bin:/bin` };
  return spawn(process.execPath, [join(project, "scripts/with-deps.mjs"), ...args], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
}

async function run(...args: string[]): Promise<{ code: unknown; output: string }> {
  const child = start(...args);
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream?.setEncoding("utf8").on("data", (text) => (output += String(text)));
  const [code] = await once(child, "close");
  return { code, output };
}

const npmRuns = async () => (await readFile(join(project, "npm-runs"), "utf8").catch(() => "")).length / 2;

describe("with-deps.mjs", () => {
  test("installs, then runs the script with its arguments and exit code", async () => {
    const { code, output } = await run("hello.mjs", "a b", "--c");
    expect(code).toBe(3);
    expect(output).toMatch(/installing packages \(npm ci\)[^]*installed packages in \d+ s[^]*hello a b --c\n$/);
  });

  test("installs once, and again when the lock file or a workspace's package.json changes", async () => {
    await run("hello.mjs");
    expect((await run("hello.mjs")).output).toBe("hello\n");
    expect(await npmRuns()).toBe(1);
    await mkdir(join(project, "shared/new"), { recursive: true });
    await writeFile(join(project, "shared/new/package.json"), "{}");
    await run("hello.mjs");
    expect(await npmRuns()).toBe(2);
    await writeFile(join(project, "package-lock.json"), JSON.stringify({ packages: { "": { version: "1" } } }));
    await run("hello.mjs");
    expect(await npmRuns()).toBe(3);
  });

  test("leaves alone what was installed by hand", async () => {
    await mkdir(join(project, "node_modules"));
    const packages = { "node_modules/a": { version: "1.0.0" } };
    await writeFile(join(project, "package-lock.json"), JSON.stringify({ packages }));
    await writeFile(join(project, "node_modules/.package-lock.json"), JSON.stringify({ packages }));
    expect((await run("hello.mjs")).output).toBe("hello\n");
    expect(await npmRuns()).toBe(0);
  });

  test("says why npm failed and what to do", async () => {
    await npmThat("echo 'npm error network ENOTFOUND' >&2; exit 1");
    const { code, output } = await run("hello.mjs");
    expect(code).toBe(1);
    expect(output).toMatch(
      /npm error network ENOTFOUND[^]*holdfast: the packages could not be installed; check the network/,
    );
    expect(output).not.toContain("hello");
  });

  test("passes signals on and ends as its script ends", async () => {
    await writeFile(
      join(project, "wait.mjs"),
      "process.on('SIGINT', () => process.exit(5)); console.log('up'); setInterval(() => {}, 1e3);",
    );
    await run("hello.mjs");
    const child = start("wait.mjs");
    if (child.stdout === null) throw new Error("no output");
    await once(child.stdout, "data");
    child.kill("SIGINT");
    expect(await once(child, "exit")).toEqual([5, null]);
  });
});
