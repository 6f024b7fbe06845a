/** `holdfast new` and `holdfast build` as processes: projects that really build. */
import { execFile } from "node:child_process";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { checkDocument, readDocuments } from "@holdfast/manifests";
import { type TemporaryFolder, temporaryFolder, holdfastProcess } from "@holdfast/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { languages, templateNames } from "../src/project/templates.ts";
import { runInProcess } from "./run-holdfast.ts";

const run = promisify(execFile);
const modules = fileURLToPath(new URL("../../node_modules", import.meta.url));

let folder: TemporaryFolder;
beforeAll(async () => {
  folder = await temporaryFolder("holdfast-project-");
  // what `npm install` would bring
  await symlink(modules, join(folder.path, "node_modules"));
});
afterAll(() => folder[Symbol.asyncDispose]());

const holdfast = (...args: string[]) => holdfastProcess(args, { cwd: folder.path });
/** Without a process of its own. */
const make = (name: string, ...args: string[]) => runInProcess(["new", "--folder", join(folder.path, name), ...args]);
const read = (...path: string[]) => readFile(join(folder.path, ...path), "utf8");

/** A project with this build command. */
async function project(name: string, build: Record<string, string>): Promise<string> {
  const path = join(folder.path, name);
  await mkdir(join(path, ".holdfast"), { recursive: true });
  await writeFile(join(path, ".holdfast/config.yaml"), JSON.stringify({ build }));
  return path;
}

describe("holdfast new", () => {
  const all = languages.flatMap((language) => templateNames.map((template) => ({ language, template })));

  test.for(all)("makes the $template template in $language, under its own name", async ({ language, template }) => {
    const name = `my-${template}-${language === "rust" ? "rs" : "ts"}`;
    const { code, stderr, stdout } = await make(name, "-t", template, "-l", language);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(`made ${name} in `);
    const files = await Promise.all(
      ["README.md", ".holdfast/config.yaml", "workload.yaml"].map((file) => read(name, file)),
    );
    for (const text of files) {
      expect(text).toMatch(new RegExp(`${name}|${name.replaceAll("-", "_")}`));
      expect(text).not.toMatch(/my[-_]component/);
    }
    const { documents, problems } = readDocuments(await read(name, "workload.yaml"), "workload.yaml");
    expect(problems).toEqual([]);
    expect(documents.map(({ value }) => checkDocument(value))).toEqual([
      [expect.objectContaining({ outcome: "manifest" })],
    ]);
  });

  test.for(templateNames)("makes a %s project in TypeScript whose types hold", async (template) => {
    const name = `typed-${template}`;
    await make(name, "-t", template);
    const cwd = join(folder.path, name);
    const jco = join(modules, ".bin/jco");
    await run(jco, ["guest-types", "wit", "--out-dir", "generated", "--quiet"], { cwd });
    const tsc = await run(join(modules, ".bin/tsc"), [], { cwd }).catch((error: { stdout: string }) => error);
    expect(tsc.stdout).toBe("");
  });

  test("lists the templates", async () => {
    const { stdout } = await holdfast("new", "--list", "-o", "json");
    const { templates }: { templates: { template: string }[] } = JSON.parse(stdout);
    expect(templates.map(({ template }) => template)).toEqual(templateNames);
  });

  test.for([
    [["new"], 2, /NAME is missing/],
    [["new", "My_Component"], 2, /NAME: "My_Component" is not kebab-case/],
    [["new", "--folder=used", "x"], 1, /used is not empty: choose another name/],
    [["new", "x", "--template", "web"], 2, /--template: "web" is none of http, keyvalue/],
  ] as const)("refuses %j with exit code %i", async ([args, exitCode, message]) => {
    const used = join(folder.path, "used");
    await mkdir(join(used, "something"), { recursive: true });
    const { code, stderr } = await runInProcess(args.map((arg) => arg.replace("used", used)));
    expect(code).toBe(exitCode);
    expect(stderr).toMatch(message);
  });
});

describe("holdfast build", () => {
  test("builds a new TypeScript project into a component", async () => {
    await holdfast("new", "shouter", "-t", "messaging");
    const { code, stdout, stderr } = await holdfast("build", "shouter", "-o", "json");
    expect(code, stderr).toBe(0);
    const { path, bytes, exports }: { path: string; bytes: number; exports: string[] } = JSON.parse(stdout);
    expect(exports).toContain("wasmcloud:messaging/handler@0.2.0");
    expect(path).toBe(join(folder.path, "shouter/shouter.wasm"));
    expect(bytes).toBeGreaterThan(1_000_000);
  });

  test("shows what the command prints, on stderr", async () => {
    const made = await project("printing", {
      command: String.raw`echo compiling; printf '\0asm\015\0\001\0' > out.wasm`,
      component_path: "out.wasm",
    });
    const { code, stdout, stderr } = await holdfast("build", made);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^built printing\/out\.wasm: 8 B in \d/)]);
    expect(stderr).toContain("compiling\n");
  });

  test.for([
    [
      "a command that fails",
      { command: "exit 3", component_path: "out.wasm" },
      /`exit 3` ended with 3; .*config\.yaml/,
    ],
    ["a command that makes nothing", { command: "true", component_path: "out.wasm" }, /the build made no out\.wasm/],
    [
      "a core module",
      { command: String.raw`printf '\0asm\001\0\0\0' > out.wasm`, component_path: "out.wasm" },
      /is a core module, not a component/,
    ],
    ["something else", { command: "echo hello there > out.wasm", component_path: "out.wasm" }, /is not WebAssembly/],
  ] as const)("says so of %s, with exit code 1", async ([what, build, message]) => {
    const { code, stderr } = await runInProcess(["build", await project(what.replaceAll(" ", "-"), build)]);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });

  test("names the fields of the settings that are wrong, with exit code 2", async () => {
    const { code, stderr } = await runInProcess(["build", await project("wrong", { command: "" })]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/config\.yaml: build\.command is empty; build\.component_path is missing/);
  });

  test("builds a project of wasmCloud by its .wash/config.yaml", async () => {
    await mkdir(join(folder.path, "wash/.wash"), { recursive: true });
    const build = "build:\n  command: printf '\\0asm\\015\\0\\001\\0' > a.wasm\n  component_path: a.wasm\n";
    await writeFile(join(folder.path, "wash/.wash/config.yaml"), build);
    expect((await runInProcess(["build", join(folder.path, "wash")])).code).toBe(0);
  });

  test("says what to do where there is no project", async () => {
    const { code, stderr } = await runInProcess(["build", folder.path]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/is no project: there is no \.holdfast\/config\.yaml in it; run holdfast new/);
  });
});
