/** Builds a project by its own command and looks at what came out. */
import { spawn } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { constants } from "node:os";
import { relative } from "node:path";
import { CliError } from "../errors.ts";
import { checkComponent } from "./component-file.ts";
import type { Project } from "./project-file.ts";

export type Built = { readonly path: string; readonly bytes: Uint8Array; readonly seconds: number };
export type BuildOptions = {
  /** Instead of the project's build command. */
  readonly command?: string;
  readonly env: NodeJS.ProcessEnv;
  /** What the command prints, as it comes. */
  readonly onOutput: (text: string) => void;
  readonly signal?: AbortSignal;
};

/** Throws CliError when the command fails, makes nothing, or makes something else than a component. */
export async function buildProject(project: Project, options: BuildOptions): Promise<Built> {
  const { command = project.build.command, env, onOutput, signal } = options;
  const began = performance.now();
  const failure = await runShell(command, {
    cwd: project.folder,
    env: { ...env, ...project.build.env },
    onOutput,
    signal,
  });
  if (failure !== undefined) {
    throw new CliError(`the build failed: \`${command}\` ${failure}; the command is build.command of ${project.file}`);
  }
  const path = project.componentPath;
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new CliError(
      `the build made no ${relative(project.folder, path)} (${error.code}): correct build.component_path in ${project.file}`,
      { cause: error },
    );
  });
  checkComponent(bytes, path);
  return { path, bytes, seconds: (performance.now() - began) / 1_000 };
}

type Shell = {
  cwd: string;
  env: NodeJS.ProcessEnv;
  onOutput: (text: string) => void;
  signal?: AbortSignal | undefined;
};

/** Undefined when it ended well, else how it ended. */
async function runShell(command: string, { cwd, env, onOutput, signal }: Shell): Promise<string | undefined> {
  await stat(cwd);
  const child = spawn(command, { cwd, env, shell: true, stdio: ["ignore", "pipe", "pipe"], ...(signal && { signal }) });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => onOutput(text));
  return new Promise((settle) => {
    child.once("error", (error) => settle(error.message));
    child.once("close", (code, signal) => {
      if (code === 0) settle(undefined);
      else settle(signal === null ? `ended with ${code}` : `was ended by ${signal} (${constants.signals[signal]})`);
    });
  });
}
