/** A Docker engine for the test: the one that answers, or on a bare Debian machine one started for the test from Debian's packages. */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const starter = fileURLToPath(new URL("../../../../shared/tools/docker-engine", import.meta.url));

export type Docker =
  | { readonly available: true; readonly env: NodeJS.ProcessEnv; stop(): Promise<void> }
  | { readonly available: false; readonly reason: string };

const answers = (env: NodeJS.ProcessEnv) =>
  run("docker", ["info"], { env }).then(
    () => true,
    () => false,
  );

/** `export A=b C=d` lines as an environment. */
function parseExports(text: string, base: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env = { ...base };
  for (const [, name = "", value = ""] of text.matchAll(/(\w+)=(\S+)/g)) {
    env[name] = value.replaceAll("$PATH", base["PATH"] ?? "");
  }
  return env;
}

/** Never rejects: without an engine the test says why it is skipped. */
export async function findDocker(): Promise<Docker> {
  if (await answers(process.env)) return { available: true, env: process.env, stop: async () => {} };
  if (!existsSync(starter)) return { available: false, reason: "no Docker engine answers" };
  try {
    const { stdout } = await run(starter, ["up"], { timeout: 300_000 });
    const env = parseExports(stdout, process.env);
    const stop = async () => {
      await run(starter, ["down"], { env });
    };
    return { available: true, env, stop };
  } catch (error) {
    return { available: false, reason: `no Docker engine answers and none could be started: ${String(error)}` };
  }
}
