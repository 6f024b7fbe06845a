/** The `holdfast` command as a process, for tests of what people type. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { MeshNats } from "./mesh.ts";

const main = fileURLToPath(new URL("../../../cli/src/main.ts", import.meta.url));

export type HoldfastOptions = { env?: NodeJS.ProcessEnv; cwd?: string; stdin?: string };
export type HoldfastOutcome = { code: number; stdout: string; stderr: string };

/** Runs `holdfast ARGS`, with nothing of the developer's own settings but PATH and where caches are. */
export function holdfastProcess(args: readonly string[], options: HoldfastOptions = {}): Promise<HoldfastOutcome> {
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

/** What makes `holdfast` the operator of a test's mesh. */
export function operatorEnv({ url, passwords }: MeshNats): Record<string, string> {
  return { HOLDFAST_NATS_URL: url, HOLDFAST_NATS_USER: "admin", HOLDFAST_NATS_PASSWORD: passwords.admin };
}
