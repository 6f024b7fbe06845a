/** `holdfast up --detach`: the same command as a process of its own, left behind when it is ready. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { z } from "zod";
import { CliError, exitCodes } from "../errors.ts";
import { type Home, openHome } from "../home.ts";
import type { Output } from "../output.ts";

const Ready = z.object({ value: z.unknown(), text: z.string() });
type Ready = z.output<typeof Ready>;

/** As much of the log as tells why a start failed. */
const shownLines = 20;

/** Starts `holdfast up` with these arguments in the background and resolves when it is ready; what it says goes to `logs/up.log`. */
export async function upDetached(args: readonly string[], home: Home, output: Output): Promise<void> {
  await openHome(home);
  const logFile = home.logFile("up");
  await using log = await open(logFile, "w", 0o600);
  output.progress(`starting in the background; its log is ${logFile}`);
  // a session of its own: the Ctrl-C of this terminal is not meant for it
  const child = spawn(process.execPath, [...process.execArgv, ...scriptOf(args)], {
    detached: true,
    stdio: ["ignore", log.fd, log.fd, "ipc"],
  });
  const ended = once(child, "exit").then(async ([code]) => {
    const exitCode = code === exitCodes.usage ? exitCodes.usage : exitCodes.failed;
    throw new CliError(`holdfast up ended with ${String(code)}:\n${await lastLines(logFile)}`, { exitCode });
  });
  const { value, text } = await Promise.race([once(child, "message").then(([message]) => Ready.parse(message)), ended]);
  // an end that comes after this process has let go of it is told in the log
  ended.catch(() => undefined);
  child.disconnect();
  child.unref();
  output.result(value, text);
}

/** Tells the process that started this one in the background; false when none did. What it is told has a secret in it: not for the log. */
export function tellStarter(ready: Ready): boolean {
  return process.send?.(ready) ?? false;
}

function scriptOf(args: readonly string[]): string[] {
  return [process.argv[1] ?? "", ...args.filter((arg) => arg !== "--detach" && arg !== "-d")];
}

async function lastLines(file: string): Promise<string> {
  return (await readFile(file, "utf8")).trimEnd().split("\n").slice(-shownLines).join("\n");
}
