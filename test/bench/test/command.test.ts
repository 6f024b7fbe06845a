/** `npm run bench` as somebody runs it who has another server. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { startMesh } from "@holdfast/testkit";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { S3Client } from "../src/client/s3-client.ts";

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url));

async function bench(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { PATH = "" } = process.env;
  const child = spawn(process.execPath, [main, ...args], { env: { PATH, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let [out, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  await once(child, "close");
  return { code: child.exitCode, out, errors };
}

const Report = z.object({
  machine: z.object({ cores: z.number(), commit: z.string() }),
  rows: z.array(z.object({ measurement: z.object({ row: z.string(), operations: z.number(), errors: z.object({}) }) })),
  floors: z.array(z.unknown()),
  leftOut: z.array(z.object({ row: z.string(), reason: z.string() })),
});

describe("the command", () => {
  test("measures a server of others, says what it leaves out, and removes what it wrote", async () => {
    await using mesh = await startMesh();
    const endpoint = mesh.edges[0]?.endpoint ?? "";
    const rows = "PUT 4KiB,GET 4KiB,LIST 1000 of 1000 keys with a prefix";
    const { code, out, errors } = await bench(
      ["--endpoint", endpoint, "--rows", rows, "--seconds", "0.2", "--json"],
      mesh.env,
    );
    expect(errors).toBe("");
    expect(code).toBe(0);
    const report = Report.parse(JSON.parse(out));
    expect(report.rows.map(({ measurement }) => measurement.row).join()).toBe(rows);
    for (const { measurement } of report.rows) {
      expect(measurement.operations).toBeGreaterThan(0);
      expect(measurement.errors).toEqual({});
    }
    expect(report.floors).toEqual([]);
    expect(report.leftOut).toMatchObject([{ row: "all floors" }]);
    const client = new S3Client({ ...mesh.credentials, endpoint });
    const buckets = await client.succeed({ method: "GET", path: "/", keepBody: true });
    client.close();
    expect(buckets.body?.toString()).not.toContain("bench-");
  });

  test.for([
    [["--rows", "nothing"], /no row is called so: nothing; --list shows all/],
    [["--endpoint", "http://127.0.0.1:9"], /set AWS_ACCESS_KEY_ID/],
    [["--compare", "no-such-commit"], /git knows no commit no-such-commit/],
  ] as const)("refuses %j with exit code 2 and the next step", async ([args, problem]) => {
    const { code, errors } = await bench(args);
    expect(errors).toMatch(problem);
    expect(code).toBe(2);
  });
});
