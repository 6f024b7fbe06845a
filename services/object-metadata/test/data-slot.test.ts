import { utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@holdfast/testkit";
import { describe, expect, test } from "vitest";
import { takeSlot } from "../src/adapters/data-slot.ts";

describe("a data slot", () => {
  test("belongs to one instance at a time, and is taken over after it", async () => {
    await using folder = await temporaryFolder();
    const all = await Promise.all([takeSlot(folder.path), takeSlot(folder.path), takeSlot(folder.path)]);
    expect(new Set(all.map((slot) => slot.path)).size).toBe(3);
    await all[0]?.release();
    expect((await takeSlot(folder.path)).path).toBe(all[0]?.path);
  });

  test("of a process that is gone is free at once", async () => {
    await using folder = await temporaryFolder();
    const { hostname } = await import("node:os");
    // 4194304 is beyond Linux's largest process id
    await writeFile(join(folder.path, "slot-0.lock"), `${hostname()} 4194304 123`);
    expect((await takeSlot(folder.path)).path).toBe(join(folder.path, "slot-0"));
  });

  test("of another host is free when it was not touched for a minute", async () => {
    await using folder = await temporaryFolder();
    const lock = join(folder.path, "slot-0.lock");
    await writeFile(lock, "elsewhere 1 1");
    expect((await takeSlot(folder.path)).path).toBe(join(folder.path, "slot-1"));
    const old = new Date(Date.now() - 61_000);
    await utimes(lock, old, old);
    expect((await takeSlot(folder.path)).path).toBe(join(folder.path, "slot-0"));
  });
});
