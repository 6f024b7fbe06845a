/** `holdfast doctor` and the commands that need nothing, as processes. */
import { startMesh, temporaryFolder, holdfastProcess } from "@holdfast/testkit";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { runHoldfast } from "./run-holdfast.ts";

const Findings = z.object({
  findings: z.array(z.object({ name: z.string(), state: z.string(), found: z.string(), next: z.string().optional() })),
});

function findings(stdout: string): Record<string, z.output<typeof Findings>["findings"][number]> {
  return Object.fromEntries(Findings.parse(JSON.parse(stdout)).findings.map((finding) => [finding.name, finding]));
}

describe("holdfast doctor", () => {
  test("finds a whole mesh well", async () => {
    await using mesh = await startMesh();
    const { code, stdout, stderr } = await runHoldfast(mesh, ["doctor", "-o", "json"]);
    expect([code, stderr]).toEqual([0, ""]);
    const found = findings(stdout);
    for (const name of ["Node", "NATS", "clock", "auth", "multipart", "object-metadata", "s3-edge"]) {
      expect(found[name]).toMatchObject({ state: "ok" });
    }
    expect(found["scheduler"]).toMatchObject({ state: "skip", found: "does not answer: only workloads need it" });
  });

  test("names the services that do not answer, with the next step and exit code 1", async () => {
    await using mesh = await startMesh({ edges: 0, multipart: 0 });
    const { code, stdout, stderr } = await runHoldfast(mesh, ["doctor"]);
    expect(code).toBe(1);
    expect(stderr).toBe("holdfast: something is wrong with multipart, s3-edge: see what to do above\n");
    expect(stdout).toMatch(/fail +multipart +does not answer/);
    expect(stdout).toMatch(/ {2}multipart: start it, or holdfast up/);
  });

  test("looks at the machine where no mesh runs yet", async () => {
    await using folder = await temporaryFolder();
    const { code, stdout } = await holdfastProcess(["doctor", "-o", "json", "--home", folder.path]);
    expect(code).toBe(0);
    const found = findings(stdout);
    expect(found["mesh"]?.found).toContain("does not run: no mesh was ever started in");
    expect(found).toMatchObject({
      Node: { state: "ok" },
      "nats-server": {},
      disk: {},
      "S3 port": {},
      "TypeScript tools": {},
    });
  });

  test("fails when the NATS of the settings is not there", async () => {
    const { code, stdout } = await holdfastProcess(["doctor"], { env: { HOLDFAST_NATS_URL: "nats://127.0.0.1:1" } });
    expect(code).toBe(1);
    expect(stdout).toMatch(/NATS: correct HOLDFAST_NATS_URL/);
  });
});

describe("holdfast version and completion", () => {
  test("print YAML when asked", async () => {
    const { stdout } = await holdfastProcess(["version", "-o", "yaml"]);
    expect(stdout).toMatch(/^version: \d+\.\d+\.\d+\nnode: v\d+/);
  });

  test("complete in bash", async () => {
    const { stdout } = await holdfastProcess(["completion", "bash"]);
    expect(stdout).toContain("complete -o default -F _holdfast holdfast");
  });
});
