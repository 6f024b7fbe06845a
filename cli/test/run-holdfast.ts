import { Readable } from "node:stream";
import { type HoldfastOutcome, operatorEnv, type TestMesh } from "@holdfast/testkit";
import { runCli } from "../src/cli.ts";

/** Runs `holdfast ARGS` against a test mesh, as its operator. */
export function runHoldfast(mesh: TestMesh, args: readonly string[], stdin = ""): Promise<HoldfastOutcome> {
  return runInProcess(args, { env: operatorEnv(mesh.nats), stdin });
}

/** Runs `holdfast ARGS` without a process of its own. */
export async function runInProcess(
  args: readonly string[],
  { env = {}, stdin = "" }: { env?: NodeJS.ProcessEnv; stdin?: string } = {},
): Promise<HoldfastOutcome> {
  const [stdout, stderr] = [[] as string[], [] as string[]];
  const stream = (lines: string[]) => ({ write: (text: string) => lines.push(text) });
  const io = { stdout: stream(stdout), stderr: stream(stderr), env, stdin: Readable.from([stdin]) };
  const code = await runCli([...args], io);
  return { code, stdout: stdout.join(""), stderr: stderr.join("") };
}
