import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withLock } from "./lock.ts";

describe("the lock file", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "holdfast-lock-"));
  });
  afterAll(() => rm(folder, { recursive: true }));

  const options = { timeoutMs: 5000, retryMs: 1 };

  test("lets one run at a time, and all of them in the end", async () => {
    const file = join(folder, "turns");
    let running = 0;
    const most: number[] = [];
    const turn = () =>
      withLock(file, options, async () => {
        most.push(++running);
        await readdir(folder);
        running--;
      });
    await Promise.all(Array.from({ length: 20 }, turn));
    expect(most).toEqual(Array.from({ length: 20 }, () => 1));
  });

  test("is given back when what ran has failed", async () => {
    const file = join(folder, "failed");
    await expect(withLock(file, options, () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await withLock(file, options, async () => "ran")).toBe("ran");
  });

  test("is taken from a process that is no more", async () => {
    const file = join(folder, "abandoned");
    // pids end at 4194304 on Linux, 99999 on macOS
    await writeFile(file, "99999999");
    expect(await withLock(file, options, () => readFile(file, "utf8"))).toBe(String(process.pid));
  });

  test("names the process that keeps it for too long", async () => {
    const file = join(folder, "kept");
    await writeFile(file, String(process.ppid));
    const waiting = withLock(file, { timeoutMs: 20, retryMs: 1 }, async () => {});
    await expect(waiting).rejects.toThrow(`by process ${process.ppid}: end it, or delete the file`);
  });
});
