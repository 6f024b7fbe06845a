/**
 * `.holdfast/config.yaml` of a project: how it is built and developed, with the field names of wasmCloud's `.wash/config.yaml`, which is
 * read when the first is not there. Gap: what only `wash` has (`wit`, `new`, backends of `dev`) is not read.
 */
import { join, resolve } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { CliError, messageOf, UsageError } from "../errors.ts";
import { readTextFile } from "../home.ts";

const say = (problem: string) => ({
  error: ({ input }: { input?: unknown }) => (input === undefined ? "is missing" : problem),
});

const Command = z
  .string(say("must be a command"))
  .trim()
  .min(1, "is empty")
  .max(4_096, "has more than 4096 characters");
const FilePath = z.string(say("must be a path")).min(1, "is empty").max(4_096, "has more than 4096 characters");

const ProjectFile = z.object({
  build: z.object(
    {
      /** For the shell, in the project's folder. */
      command: Command,
      /** The component that the command makes, relative to the project's folder. */
      component_path: FilePath,
      env: z.record(z.string(), z.string("must be a text")).default({}),
    },
    say("must be fields"),
  ),
  dev: z
    .object({
      /** Instead of `build.command`, when a quicker one does. */
      command: Command.optional(),
      /** `127.0.0.1:8000` */
      address: z.string().optional(),
      /** Further components of the same workload. */
      components: z
        .array(z.object({ name: z.string().min(1), file: FilePath }))
        .max(127)
        .default([]),
      volumes: z
        .array(z.object({ host_path: FilePath, guest_path: FilePath }))
        .max(64)
        .default([]),
    })
    .prefault({}),
});

export type Project = {
  /** Absolute. */
  readonly folder: string;
  /** The settings file, for messages. */
  readonly file: string;
  readonly build: { readonly command: string; readonly env: Readonly<Record<string, string>> };
  /** Absolute. */
  readonly componentPath: string;
  readonly dev: z.output<typeof ProjectFile>["dev"];
};

/** The project in a folder. Throws CliError when there is none, UsageError that names every bad field. */
export async function readProject(path: string): Promise<Project> {
  const folder = resolve(path);
  for (const name of [".holdfast/config.yaml", ".wash/config.yaml"]) {
    const file = join(folder, name);
    const text = await readTextFile(file);
    if (text === undefined) continue;
    const { build, dev } = parseProjectFile(text, file);
    return { folder, file, build, dev, componentPath: resolve(folder, build.component_path) };
  }
  throw new CliError(
    `${folder} is no project: there is no .holdfast/config.yaml in it; run holdfast new, or name the project's folder`,
  );
}

/** Throws UsageError with every problem, each with its path. */
export function parseProjectFile(text: string, file: string): z.output<typeof ProjectFile> {
  const parsed = ProjectFile.safeParse(parseYaml(text, file));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`.trim());
  throw new UsageError(`${file}: ${problems.join("; ")}`);
}

function parseYaml(text: string, file: string): unknown {
  try {
    return parse(text, { prettyErrors: false });
  } catch (error) {
    throw new UsageError(`${file} is not YAML: ${messageOf(error)}`);
  }
}
