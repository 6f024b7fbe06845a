import type { TestMesh } from "@holdfast/testkit";
import { runCli } from "../src/cli.ts";

export type Outcome = { code: number; stdout: string; stderr: string };

/** Runs `holdfast ARGS` against a test mesh, as its operator. */
export async function runHoldfast(mesh: TestMesh, args: readonly string[]): Promise<Outcome> {
  const [stdout, stderr] = [[] as string[], [] as string[]];
  const stream = (lines: string[]) => ({ write: (text: string) => lines.push(text) });
  const env = {
    HOLDFAST_NATS_URL: mesh.nats.url,
    HOLDFAST_NATS_USER: "admin",
    HOLDFAST_NATS_PASSWORD: mesh.nats.passwords.admin,
  };
  const code = await runCli([...args], { stdout: stream(stdout), stderr: stream(stderr), env });
  return { code, stdout: stdout.join(""), stderr: stderr.join("") };
}
