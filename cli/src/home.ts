/**
 * The data folder of `holdfast up` (0700): what lies where.
 *
 *     env                what `source` gives to AWS tools
 *     credentials.json   the first access key, in the form of a credentials file
 *     mesh.json          the NATS server and the operator's password, for the other commands
 *     run.json           who runs in here now
 *     nats/              JetStream's files and the server's configuration
 *     <service>/         what a service keeps on disk
 *     logs/<service>.log
 */
import { chmod, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { z } from "zod";
import type { CommandContext } from "./command.ts";
import { CliError, messageOf } from "./errors.ts";

export type Home = {
  readonly path: string;
  readonly environmentFile: string;
  readonly credentialsFile: string;
  readonly meshFile: string;
  readonly runFile: string;
  readonly natsFolder: string;
  readonly logFolder: string;
  dataFolder(service: string): string;
  logFile(name: string): string;
};

/** `--home`, else HOLDFAST_HOME, else ./.holdfast. */
export function homeOf({ options, env }: Pick<CommandContext, "options" | "env">): Home {
  const path = resolve(options.text("home") ?? (env["HOLDFAST_HOME"] || ".holdfast"));
  return {
    path,
    environmentFile: join(path, "env"),
    credentialsFile: join(path, "credentials.json"),
    meshFile: join(path, "mesh.json"),
    runFile: join(path, "run.json"),
    natsFolder: join(path, "nats"),
    logFolder: join(path, "logs"),
    dataFolder: (service) => join(path, service),
    logFile: (name) => join(path, "logs", `${name}.log`),
  };
}

/** Makes the folder, or makes sure that it can be written to. */
export async function openHome(home: Home): Promise<void> {
  try {
    await mkdir(home.path, { recursive: true, mode: 0o700 });
    await mkdir(home.logFolder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CliError(`the data folder ${home.path} cannot be made: ${messageOf(error)}; choose another with --home`);
  }
}

/** Whole or not at all, mode 0600 also when the file was there before with another mode. */
export async function writeSecretFile(file: string, text: string): Promise<void> {
  const staged = `${file}.new`;
  await writeFile(staged, text, { mode: 0o600 });
  await chmod(staged, 0o600);
  await rename(staged, file);
}

/** The file's text; undefined when there is no such file. */
export async function readTextFile(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw new CliError(`${file} cannot be read: ${error.message}`, { cause: error });
  });
}

/** The file's JSON; undefined when there is no such file. A damaged one is an error that names it. */
export async function readJsonFile<S extends z.ZodType>(file: string, schema: S): Promise<z.output<S> | undefined> {
  const text = await readTextFile(file);
  if (text === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(text));
  } catch (error) {
    throw new CliError(`${file} is damaged: restore it from a backup, or remove it to have it made anew`, {
      cause: error,
    });
  }
}
