/** The tool itself, small: real processes, every section, its exit code and what it leaves behind. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { temporaryFolder, waitFor } from "@holdfast/testkit";
import { describe, expect, test } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));
type Output = { results: { section: string; tables: unknown[]; checks: { what: string; holds: boolean }[] }[] };

/** Runs sections in a folder of their own; rejects with what was printed when the exit code is not 0. */
async function scale(...args: string[]): Promise<{ output: Output; left: string[] }> {
  await using folder = await temporaryFolder("holdfast-scale-test-");
  const env = { ...process.env, TMPDIR: folder.path };
  const { stdout } = await promisify(execFile)(process.execPath, [main, "--json", ...args], {
    env,
    maxBuffer: 2 ** 24,
  });
  return { output: JSON.parse(stdout), left: await readdir(folder.path) };
}

describe("npm run scale", () => {
  test.concurrent.for([
    ["objects,buckets,bytes", "--objects", "2000", "--buckets", "20", "--gib", "0.0625"],
    ["shared,cluster", "--seconds", "1"],
  ])("%s: every invariant holds, nothing is left behind", async ([only = "", ...sizes], { expect }) => {
    const { output, left } = await scale("--only", only, ...sizes);
    expect(output.results.map(({ section }) => section).join(",")).toBe(only);
    expect(output.results.flatMap(({ checks }) => checks).filter(({ holds }) => !holds)).toEqual([]);
    expect(output.results.every(({ tables, checks }) => tables.length > 0 && checks.length > 0)).toBe(true);
    expect(left).toEqual([]);
  });

  test("leaves nothing behind when it is interrupted", async () => {
    await using folder = await temporaryFolder("holdfast-scale-test-");
    const child = spawn(process.execPath, [main, "--only", "objects", "--objects", "100000"], {
      env: { ...process.env, TMPDIR: folder.path },
      stdio: ["ignore", "ignore", "pipe"],
    });
    let progress = "";
    child.stderr.on("data", (text: Buffer) => (progress += text.toString()));
    await waitFor(() => progress.includes("stored"), { timeoutMs: 30_000, what: "the ingest" });
    const exited = once(child, "exit");
    child.kill("SIGINT");
    expect(await exited).toEqual([130, null]);
    expect(await readdir(folder.path)).toEqual([]);
  });
});
