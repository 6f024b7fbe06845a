/** Runs a helper program (npm, tar, apt-get, nats-server --version) and collects what it prints. */
import { execFile } from "node:child_process";

export type CommandOptions = { cwd?: string; timeoutMs?: number; env?: NodeJS.ProcessEnv };

/** Resolves with the output when the program exits with 0; else rejects with one line that says why. */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd, timeoutMs = 120_000, env }: CommandOptions = {},
): Promise<{ stdout: string; stderr: string }> {
  const options = { timeout: timeoutMs, maxBuffer: 16 * 1024 * 1024, encoding: "utf8" as const };
  return new Promise((resolve, reject) => {
    execFile(
      command,
      args,
      { ...options, ...(cwd === undefined ? {} : { cwd }), ...(env === undefined ? {} : { env }) },
      (error, stdout, stderr) => {
        if (error === null) resolve({ stdout, stderr });
        else reject(new Error(reason(command, error, stderr, timeoutMs), { cause: error }));
      },
    );
  });
}

function reason(
  command: string,
  error: Error & { code?: unknown; killed?: boolean },
  stderr: string,
  timeoutMs: number,
) {
  if (error.code === "ENOENT") return `${command} is not installed`;
  if (error.code === "EACCES") return `${command} may not be executed`;
  if (error.killed === true) return `${command} took longer than ${timeoutMs / 1000} s`;
  // The last line that names an error says most: npm and apt print their progress before it.
  const lines = stderr.split("\n").map((line) => line.trim());
  const telling =
    lines.findLast((line) => /error|^E:|cannot|could not|not found|failed/i.test(line)) ?? lines.findLast(Boolean);
  return `${command} failed (${String(error.code)})${telling === undefined ? "" : `: ${telling.slice(0, 200)}`}`;
}
