/** What only a process shows: how `holdfast` ends, and what it leaves unsaid. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { holdfastProcess, temporaryFolder } from "@holdfast/testkit";
import { describe, expect, test } from "vitest";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

describe("holdfast", { timeout: 60_000 }, () => {
  test("ends without a word when nobody reads what it prints, as before `head`", async () => {
    const child = spawn(process.execPath, [main, "--help"], { stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.destroy();
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
    expect(await once(child, "close")).toEqual([null, "SIGTERM"]);
    expect(said).toBe("");
  });

  test("says that the mesh of a folder was stopped, and how to start it", async () => {
    await using folder = await temporaryFolder("holdfast-stopped-");
    const state = { natsUrl: "nats://127.0.0.1:1", passwords: { admin: "none" } };
    await writeFile(join(folder.path, "mesh.json"), JSON.stringify(state));
    const { code, stderr } = await holdfastProcess(["get", "deployments", "--home", folder.path]);
    expect([code, stderr]).toEqual([1, `holdfast: no mesh runs on ${folder.path}: start it with holdfast up\n`]);
  });
});
