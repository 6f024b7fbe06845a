/** `holdfast dev` as a process: a project that is built, answers HTTP, and is built again when it is edited. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { guestFile } from "@holdfast/guests";
import { temporaryFolder, waitFor } from "@holdfast/testkit";
import { describe, expect, test } from "vitest";
import { runInProcess } from "./run-holdfast.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

describe("holdfast dev", () => {
  test(
    "runs a project, again when it changes, and the old one when the new does not build",
    { timeout: 180_000 },
    async () => {
      await using folder = await temporaryFolder("holdfast-dev-test-");
      const project = join(folder.path, "hello");
      await mkdir(join(project, ".holdfast"), { recursive: true });
      // the source says which component the build makes
      const build = { command: 'cp "$(cat source.txt)" hello.wasm', component_path: "hello.wasm" };
      await writeFile(join(project, ".holdfast/config.yaml"), JSON.stringify({ build }));
      await writeFile(join(project, "source.txt"), await guestFile("http-hello"));

      const { PATH, HOME, HOLDFAST_CACHE_DIR } = process.env;
      const child = spawn(process.execPath, [main, "dev", project, "--address", "127.0.0.1:0", "-o", "json"], {
        env: { PATH, HOME, HOLDFAST_CACHE_DIR },
      });
      const printed = { stdout: "", stderr: "" };
      for (const name of ["stdout", "stderr"] as const) {
        child[name].setEncoding("utf8").on("data", (text: string) => (printed[name] += text));
      }
      const exited = once(child, "exit");
      try {
        const line = await waitFor(() => printed.stdout.includes("\n") && printed.stdout, { timeoutMs: 120_000 });
        const { url }: { url: string } = JSON.parse(line);
        const first = await (await fetch(url)).text();
        expect(first).toMatch(/hello/);

        await writeFile(join(project, "source.txt"), "/no/such/component.wasm");
        await waitFor(() => /the build failed: .*; what ran before goes on/.test(printed.stderr), {
          timeoutMs: 30_000,
        });
        expect(await (await fetch(url)).text()).toBe(first);

        await writeFile(join(project, "source.txt"), await guestFile("http-echo"));
        await waitFor(() => printed.stderr.includes(`runs: ${url}`), { timeoutMs: 60_000 });
        await waitFor(
          async () => (await (await fetch(url, { method: "POST", body: "again" })).text()).includes("again"),
          { timeoutMs: 30_000 },
        );
      } finally {
        child.kill("SIGINT");
      }
      // at once: what it was still asking for is given up
      await waitFor(() => child.exitCode !== null, { timeoutMs: 20_000, what: "its end" });
      expect(await exited).toEqual([0, null]);
    },
  );

  test("says what to do where there is no project", async () => {
    const { code, stderr } = await runInProcess(["dev", "/no/such/project"]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/is no project: .*; run holdfast new/)]);
  });
});
