/**
 * The process that runs jco: jobs come as JSON on stdin, a JSON line per job goes out. Each result is written beside its path and
 * renamed, so that whoever sees the path sees all of it.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { componentEmbed, componentNew, parse, transpile } from "@bytecodealliance/jco";
import { coreWit, jcoCommand, ownWit } from "./jco.ts";
import type { Job } from "./job.ts";
import type { GuestSource } from "./source.ts";

type Of<L extends GuestSource["language"]> = Extract<GuestSource, { language: L }>;

function build(source: GuestSource, work: string): Promise<Uint8Array> {
  if (source.language === "component-wat") return parse(source.text);
  return source.language === "core-wat" ? fromCore(source, work) : fromJavaScript(source, work);
}

async function fromCore({ text, wit, encoding = "utf8" }: Of<"core-wat">, work: string): Promise<Uint8Array> {
  const witPath = await witFolder(wit, work);
  const binary = await parse(text);
  return componentNew(await componentEmbed({ binary, witPath, world: "guest", stringEncoding: encoding }));
}

async function fromJavaScript({ text, wit, engine }: Of<"javascript">, work: string): Promise<Uint8Array> {
  const [script, out] = [join(work, "guest.js"), join(work, "guest.wasm")];
  await writeFile(script, text);
  const command = [fileURLToPath(jcoCommand), "componentize", script, "--wit", await witFolder(wit, work), "-o", out];
  const quickjs = engine === "quickjs" ? ["--backend-qjs-disable-async"] : [];
  await promisify(execFile)(process.execPath, [...command, "--world-name", "guest", "--backend", engine, ...quickjs]);
  return readFile(out);
}

/** A folder as jco wants it: the world, and every package it may name under deps. */
async function witFolder(wit: string, work: string): Promise<string> {
  const folder = join(work, "wit");
  await cp(coreWit, join(folder, "deps"), { recursive: true });
  for (const file of (await readdir(ownWit)).filter((name) => name.endsWith(".wit"))) {
    const dependency = join(folder, "deps", basename(file, ".wit"));
    await mkdir(dependency, { recursive: true });
    await cp(new URL(file, ownWit), join(dependency, "package.wit"));
  }
  await writeFile(join(folder, "guest.wit"), `package holdfast:guests;\n${wit}`);
  return folder;
}

async function transpileInto(job: Extract<Job, { make: "javascript" }>, folder: string): Promise<void> {
  const asynchronous = {
    asyncMode: "jspi" as const,
    asyncImports: [...(job.asyncImports ?? [])],
    asyncExports: [...(job.asyncExports ?? [])],
  };
  const { files } = await transpile(await readFile(job.component), {
    name: "component",
    outDir: folder,
    instantiation: "async",
    wasiShim: false,
    noComponentErrorWrapping: false,
    nodejsCompat: true,
    ...(job.asyncImports !== undefined && asynchronous),
  });
  for (const [file, bytes] of Object.entries(files)) {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, bytes);
  }
}

async function run(job: Job): Promise<void> {
  const work = await mkdtemp(join(tmpdir(), "holdfast-guests-"));
  const unfinished = `${job.path}.${process.pid}.unfinished`;
  try {
    if (job.make === "component") await writeFile(unfinished, await build(job.source, work));
    else await transpileInto(job, unfinished);
    await rename(unfinished, job.path);
  } finally {
    await Promise.all([work, unfinished].map((path) => rm(path, { recursive: true, force: true })));
  }
}

for (const job of JSON.parse(await text(process.stdin)) as Job[]) {
  const error = await run(job).then(() => undefined, String);
  process.stdout.write(`${JSON.stringify({ path: job.path, error })}\n`);
}
