import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Outcome } from "./run-holdfast.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

export type ProcessOptions = { env?: NodeJS.ProcessEnv; cwd?: string; stdin?: string };

/** Runs `holdfast ARGS` as a process, with nothing of the developer's own settings but PATH and where caches are. */
export function holdfastProcess(args: readonly string[], options: ProcessOptions = {}): Promise<Outcome> {
  const { PATH, HOME, HOLDFAST_CACHE_DIR } = process.env;
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH, HOME, HOLDFAST_CACHE_DIR, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    stdio: ["pipe", "pipe", "pipe"],
  });
  child.stdin.end(options.stdin ?? "");
  const texts = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name].setEncoding("utf8").on("data", (text: string) => (texts[name] += text));
  }
  return new Promise((settle, reject) => {
    child.once("error", reject);
    child.once("close", (code) => settle({ code: code ?? -1, ...texts }));
  });
}
