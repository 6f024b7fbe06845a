/** What components may hold: one of several memories, and a workload of many instances. */
import { buildGuest } from "@holdfast/guests";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Harness, startHarness } from "./harness.ts";
import { startOneWorker } from "./one-worker.ts";

/** Two core instances with a memory each, which grow by as many pages as they are told. */
const twoMemories = (pages: number) => `(component
  (core module $m
    (memory ${pages})
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
  (core instance $a (instantiate $m))
  (core instance $b (instantiate $m))
  (func $a (param "pages" u32) (result s32) (canon lift (core func $a "grow")))
  (func $b (param "pages" u32) (result s32) (canon lift (core func $b "grow")))
  (instance $memories (export "grow-a" (func $a)) (export "grow-b" (func $b)))
  (export "acme:test/memories" (instance $memories)))`;

const build = (label: string, pages: number) =>
  buildGuest(label, { language: "component-wat", text: twoMemories(pages) });

describe("a component with two memories", () => {
  test("may hold its limit in them together", async () => {
    await using one = await startOneWorker(await build("two-memories", 1), { memoryLimitMb: 1 });
    // of 16 pages each memory has one
    expect(await one.call("acme:test/memories", "growA", [14])).toBe(1);
    await expect(one.call("acme:test/memories", "growA", [15])).rejects.toThrow(
      "component `it`: its memories hold 2 MiB together, more than its limit of 1",
    );
    // another call has an instance of its own
    expect(await one.call("acme:test/memories", "growB", [14])).toBe(1);
  });

  test("that begin with more than its limit is not started", async () => {
    await expect(startOneWorker(await build("two-large-memories", 9), { memoryLimitMb: 1 })).rejects.toThrow(
      "its memories hold 2 MiB together, more than its limit of 1",
    );
  });
});

describe("a workload's instances", () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness({ HOLDFAST_HOST_WORKLOAD_MEMORY_MB: "1", HOLDFAST_HOST_MEMORY_LIMIT_MB: "1" });
  });
  afterAll(() => harness[Symbol.asyncDispose]());

  test("that hold what it may make other calls wait, and all are answered", async () => {
    const sleeper = await harness.run("http-sleep");
    const began = performance.now();
    const answers = await Promise.all(Array.from({ length: 24 }, () => sleeper.get("/300")));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    // an instance holds 128 KiB: eight at once, three times
    expect(performance.now() - began).toBeGreaterThan(850);
  });
});
