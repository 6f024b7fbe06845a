/**
 * `npm run check`: everything a machine can judge, in seconds. Steps run side by side, as many as there are processors; what a
 * failed step printed is shown, of the others one line each.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

type Step = {
  readonly name: string;
  readonly command: readonly string[];
  /** What to do when it fails. */ readonly hint?: string;
};
type Outcome = { readonly ok: boolean; readonly output: string; readonly seconds: string };

const docs = join(root, "scripts/docs.ts");
// the slowest first
const steps: readonly Step[] = [
  { name: "types", command: ["tsc", "--noEmit", "-p", "tsconfig.json"] },
  { name: "lint", command: ["oxlint", "--type-aware", "--deny-warnings"] },
  { name: "unit tests", command: ["vitest", "run", "--project", "unit", "--reporter", "dot"] },
  { name: "format", command: ["oxfmt", "--check"], hint: "npm run format" },
  { name: "boundaries", command: ["turbo", "boundaries"] },
  ...(existsSync(docs) ? [{ name: "docs", command: ["node", docs, "--check"], hint: "npm run docs" }] : []),
];

function runStep({ command: [program = "", ...args] }: Step): Promise<Outcome> {
  const started = performance.now();
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", TURBO_UI: "false" };
  const child = spawn(join(root, "node_modules/.bin", program), args, {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text) => (output += String(text)));
  return new Promise((settle) => {
    const end = (ok: boolean, extra = "") =>
      settle({ ok, output: output + extra, seconds: ((performance.now() - started) / 1000).toFixed(1) });
    child.once("error", (error) => end(false, error.message));
    child.once("close", (code) => end(code === 0));
  });
}

/** Takes the next step when one is done, so that no processor waits. */
async function worker(waiting: Step[], failed: string[]): Promise<void> {
  for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
    const { ok, output, seconds } = await runStep(step);
    console.log(`${ok ? "ok    " : "FAILED"}  ${step.name} (${seconds} s)`);
    if (ok) continue;
    failed.push(step.name);
    console.log(output.trimEnd().replaceAll(/^/gm, "        "));
    if (step.hint !== undefined) console.log(`        to mend it: ${step.hint}`);
  }
}

const waiting = [...steps];
const failed: string[] = [];
await Promise.all(Array.from({ length: availableParallelism() }, () => worker(waiting, failed)));
console.log(failed.length === 0 ? "All checks passed." : `Checks that failed: ${failed.join(", ")}`);
process.exitCode = failed.length === 0 ? 0 : 1;
