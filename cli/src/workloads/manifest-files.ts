/** The documents of `-f`: files, folders, and `-` for what comes on stdin. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { readDocuments, type SourceDocument } from "@holdfast/manifests";
import type { CommandContext } from "../command.ts";
import { messageOf, UsageError } from "../errors.ts";

const isManifest = (name: string) => /\.(ya?ml|json)$/.test(name);
const maxFileBytes = 8 * 2 ** 20;
const maxFiles = 1_000;

/** Every document, in the order of the arguments and by name within a folder. Throws UsageError that names each unreadable one. */
export async function readManifests(context: Pick<CommandContext, "options" | "stdin">): Promise<SourceDocument[]> {
  const given = context.options.list("filename");
  if (given.length === 0) throw new UsageError("--filename is missing: name a file, a folder, or - for stdin");
  const problems: string[] = [];
  const documents: SourceDocument[] = [];
  const files = (await Promise.all(given.map((path) => filesOf(path, context.options.flag("recursive"))))).flat();
  if (files.length > maxFiles) throw new UsageError(`--filename: more than ${maxFiles} files`);
  for (const file of files) {
    const text = file === "-" ? await readAll(context.stdin) : await readText(file);
    const read = readDocuments(text, file === "-" ? "stdin" : file);
    documents.push(...read.documents);
    problems.push(...read.problems.map(({ where, message }) => `${where}: ${message}`));
  }
  if (problems.length > 0) throw new UsageError(problems.join("\nholdfast: "));
  if (documents.length === 0) throw new UsageError(`--filename: there is no document in ${given.join(", ")}`);
  return documents;
}

async function filesOf(path: string, recursive: boolean): Promise<string[]> {
  if (path === "-") return ["-"];
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    const what = error.code === "ENOENT" ? `there is no ${path}` : `${path} cannot be read: ${messageOf(error)}`;
    throw new UsageError(`--filename: ${what}`);
  });
  if (!found.isDirectory()) return [path];
  const names = (await readdir(path, { recursive })).filter(isManifest).sort();
  if (names.length === 0) throw new UsageError(`--filename: ${path} has no .yaml, .yml or .json file`);
  return names.map((name) => join(path, name));
}

async function readText(file: string): Promise<string> {
  try {
    const { size } = await stat(file);
    if (size > maxFileBytes) throw new Error("it has more than 8 MiB");
    return await readFile(file, "utf8");
  } catch (error) {
    throw new UsageError(`--filename: ${file} cannot be read: ${messageOf(error)}`);
  }
}

/** All of stdin as text. Throws UsageError beyond 8 MiB. */
export async function readAll(stdin: CommandContext["stdin"]): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > maxFileBytes) throw new UsageError("stdin: more than 8 MiB");
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}
