/** Runs command line tools for the tests. */
import { execFile, execFileSync } from "node:child_process";

/** Where a command is, or undefined where it is not installed or does not answer as it should. */
export function findCommand(names: readonly string[], versionArguments: readonly string[], expected: RegExp) {
  return names.find((name) => {
    try {
      return expected.test(execFileSync(name, versionArguments, { encoding: "utf8", timeout: 20_000, stdio: "pipe" }));
    } catch {
      // not installed, or not the one we look for: the next name may be
      return false;
    }
  });
}

export type RunOptions = { readonly env: Readonly<Record<string, string>>; readonly cwd?: string };

/** What a command prints. Fails with everything it said when its exit code is not 0, or after a minute. */
export async function run(command: string, args: readonly string[], { env, cwd }: RunOptions): Promise<string> {
  const { PATH = "" } = process.env;
  const options = {
    env: { PATH, LANG: "C.UTF-8", LC_ALL: "C.UTF-8", ...env },
    timeout: 60_000,
    maxBuffer: 16 * 1024 * 1024,
    ...(cwd === undefined ? {} : { cwd }),
  };
  return await new Promise((resolve, reject) => {
    execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${command} ${args.join(" ")}: ${error.message}\n${stdout}\n${stderr}`));
    });
  });
}
