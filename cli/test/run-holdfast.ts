import { Readable } from "node:stream";
import type { TestMesh } from "@holdfast/testkit";
import { runCli } from "../src/cli.ts";

export type Outcome = { code: number; stdout: string; stderr: string };

/** Runs `holdfast ARGS` against a test mesh, as its operator. */
export function runHoldfast(mesh: TestMesh, args: readonly string[], stdin = ""): Promise<Outcome> {
  const env = {
    HOLDFAST_NATS_URL: mesh.nats.url,
    HOLDFAST_NATS_USER: "admin",
    HOLDFAST_NATS_PASSWORD: mesh.nats.passwords.admin,
  };
  return runInProcess(args, { env, stdin });
}

/** Runs `holdfast ARGS` without a process of its own. */
export async function runInProcess(
  args: readonly string[],
  { env = {}, stdin = "" }: { env?: NodeJS.ProcessEnv; stdin?: string } = {},
): Promise<Outcome> {
  const [stdout, stderr] = [[] as string[], [] as string[]];
  const stream = (lines: string[]) => ({ write: (text: string) => lines.push(text) });
  const io = { stdout: stream(stdout), stderr: stream(stderr), env, stdin: Readable.from([stdin]) };
  const code = await runCli([...args], io);
  return { code, stdout: stdout.join(""), stderr: stderr.join("") };
}
