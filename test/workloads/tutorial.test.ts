/**
 * The tutorial of docs/workloads.md: its commands as they stand there, in one shell, beside a mesh that `holdfast up` started. A block
 * without a language shows what the block of commands before it prints.
 *
 * Three things differ from a reader's machine. `curl` is led to the port that was free here instead of the page's; `npm install` links
 * the packages of this repository, which has the same versions, instead of fetching 340 MB; `npm start` is `holdfast up` in a folder of
 * the test's own.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { temporaryFolder, type TemporaryFolder } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

const root = fileURLToPath(new URL("../../", import.meta.url));
const read = (path: string) => readFile(join(root, path), "utf8");
const Manifest = z.object({
  scripts: z.record(z.string(), z.string()).default({}),
  devDependencies: z.record(z.string(), z.string()).default({}),
});
const readPackage = async (path: string) => Manifest.parse(JSON.parse(await read(join(path, "package.json"))));

type Step = { readonly commands: string; readonly shown: readonly string[] };

/** Blocks of commands with what the page shows of their output. */
function stepsOf(page: string): Step[] {
  const [, tutorial = ""] = /\n## Try it\n(.*?)\n## /s.exec(page) ?? [];
  const blocks = [...tutorial.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text = ""]) => ({
    language,
    text,
  }));
  return blocks.flatMap(({ language, text }, i) => {
    if (language !== "sh") return [];
    const next = blocks[i + 1];
    return [{ commands: text, shown: next?.language === "" ? next.text.trimEnd().split("\n") : [] }];
  });
}

let folder: TemporaryFolder;
let up: Up | undefined;
beforeAll(async () => {
  folder = await temporaryFolder("holdfast-tutorial-");
  await symlink(join(root, "node_modules"), join(folder.path, "node_modules"));
  up = await startUp(folder.path);
  // a fresh machine fetches nats-server first
}, 300_000);
afterAll(async () => {
  await up?.stop();
  await folder[Symbol.asyncDispose]();
});

/** A reader's environment: nothing of the developer's settings, nor of the test runner. */
const readersEnvironment = () =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(HOLDFAST_(?!CACHE)|VITEST|NODE_|npm_|AWS_)/.test(name)),
  );

type Up = { readonly workloads: string; stop(): Promise<void> };

async function startUp(cwd: string): Promise<Up> {
  const env = {
    ...readersEnvironment(),
    HOLDFAST_HOST_HTTP_PORT: "0",
    HOLDFAST_NATS_PORT: "0",
    // a machine that runs tests is busy: its CPU says nothing about the host
    HOLDFAST_SCHEDULER_MAX_CPU: "100",
  };
  const child = spawn(process.execPath, [join(root, "cli/src/main.ts"), "up", "--port", "0", "-o", "json"], {
    cwd,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  let result = "";
  for await (const text of child.stdout.setEncoding("utf8")) {
    result += String(text);
    if (result.endsWith("\n")) break;
  }
  if (result === "") throw new Error(`holdfast up ended:\n${said}`);
  const { workloads } = z.object({ workloads: z.string() }).parse(JSON.parse(result));
  return {
    workloads,
    async stop() {
      child.kill("SIGINT");
      await closed;
    },
  };
}

const endOfStep = "--- end of step ---";

/** Runs all commands in one shell, as typed one after the other, and resolves with what each step printed. The first that fails ends it. */
async function typed(steps: readonly Step[], cwd: string): Promise<string[]> {
  const { host } = new URL(up?.workloads ?? "");
  const shell = [
    "set -e",
    "shopt -s expand_aliases",
    `curl() { command curl --silent --connect-to '127.0.0.1:8000:${host}' "$@"; }`,
    `npm() { [ "$*" = install ] && ln -s '${join(root, "node_modules")}' node_modules; }`,
    ...steps.map(({ commands }) => `${commands}echo '${endOfStep}'`),
  ].join("\n");
  const child = spawn("bash", [], { cwd, env: readersEnvironment(), stdio: ["pipe", "pipe", "pipe"] });
  child.stdin.end(`${shell}\n`);
  const printed = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => (printed[name] += text));
  }
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`the tutorial ended with ${String(code)}:\n${printed.stdout}\n${printed.stderr}`);
  return printed.stdout.split(`${endOfStep}\n`);
}

describe("the tutorial of docs/workloads.md", () => {
  test("works as it stands there, and prints what it shows", { timeout: 400_000 }, async ({ skip }) => {
    skip(spawnSync("aws", ["--version"]).status !== 0, "aws is not installed: pip install awscli");
    const page = await read("docs/workloads.md");
    const steps = stepsOf(page);
    expect(steps.flatMap(({ shown }) => shown).length).toBeGreaterThan(3);
    const printed = await typed(steps, folder.path);
    for (const [i, { shown }] of steps.entries()) {
      for (const line of shown) expect(printed[i]?.split("\n")).toContain(line);
    }
  });

  test("starts what `npm start` starts, with the packages that a new project asks for", async () => {
    const page = await read("docs/workloads.md");
    expect(page).toContain("`npm start` runs a scheduler and one host");
    expect((await readPackage(".")).scripts["start"]).toMatch(/cli\/src\/main\.ts up$/);
    const { devDependencies } = await readPackage("cli/templates/typescript/http");
    for (const [name, version] of Object.entries(devDependencies)) {
      expect(JSON.parse(await read(`node_modules/${name}/package.json`))).toMatchObject({ version });
    }
  });
});
