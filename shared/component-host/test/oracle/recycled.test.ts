import { buildGuest } from "@holdfast/guests";
import * as fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { type CompiledComponent, compileComponent, instantiate } from "../../src/index.ts";
import { stateGuest, unrestorables } from "./state-guest.ts";
import { buildTimeoutMs, type Functions } from "./subject.ts";
import { seed } from "./zoo.ts";

/** What the host hands out; how many are not disposed. */
function tokens() {
  const live = new Set<object>();
  class Token {
    constructor() {
      live.add(this);
    }
    [Symbol.dispose]() {
      live.delete(this);
    }
  }
  return { live, imports: { "holdfast:guests/tokens": { Token } } };
}

const change = fc.oneof(
  fc.record({ name: fc.constant("set"), args: fc.tuple(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })) }),
  fc.record({ name: fc.constant("poke"), args: fc.tuple(fc.nat(65_535), fc.nat(255)) }),
  fc.record({ name: fc.constant("write"), args: fc.tuple(fc.constant("by a call")) }),
  fc.record({ name: fc.constant("hold"), args: fc.constant([]) }),
  fc.record({ name: fc.constant("release"), args: fc.constant([]) }),
);

describe("a recycled instance", () => {
  let compiled: CompiledComponent;
  beforeAll(async () => {
    compiled = await compileComponent(await buildGuest("state", stateGuest));
  }, buildTimeoutMs);

  const observe = (call: Functions) => ({ sum: call["sum"]?.(), text: call["read"]?.() });

  test("shows nothing of the calls before, whatever they were", () => {
    const { live, imports } = tokens();
    const instance = instantiate(compiled, imports);
    const call = instance.exports as Functions;
    // one handle is part of what is kept
    const first = call["hold"]?.();
    instance.snapshot();
    const before = observe(call);
    const calls = fc.property(fc.array(change, { maxLength: 20 }), (changes) => {
      fc.pre(releases(changes) <= 0);
      for (const { name, args } of changes) call[name]?.(...args);
      expect(instance.restore()).toBe(true);
      expect(observe(call)).toEqual(before);
      expect(live.size).toBe(1);
      // handles are given out from the same number again
      expect(call["hold"]?.()).toBe(Number(first) + 1);
      expect(instance.restore()).toBe(true);
    });
    fc.assert(calls, { seed, numRuns: 200 });
  });

  test("is discarded when a handle that it was born with is gone", () => {
    const { live, imports } = tokens();
    const instance = instantiate(compiled, imports);
    const call = instance.exports as Functions;
    call["hold"]?.();
    instance.snapshot();
    call["release"]?.();
    expect(live.size).toBe(0);
    expect(instance.restore()).toBe(false);
  });

  test("is as a new one, and both differ from one that was used", () => {
    const { imports } = tokens();
    const [recycled, fresh] = [instantiate(compiled, imports), instantiate(compiled, imports)];
    recycled.snapshot();
    const call = recycled.exports as Functions;
    const untouched = observe(fresh.exports as Functions);
    call["set"]?.(77n);
    call["poke"]?.(65_535, 9);
    call["write"]?.("otherwise");
    expect(observe(call)).not.toEqual(untouched);
    recycled.restore();
    expect(observe(call)).toEqual(untouched);
  });
});

/** How many handles were let go beyond those held since: above 0 the instance is not to be restored. */
function releases(changes: readonly { name: string }[]): number {
  let held = 0;
  let lowest = 0;
  for (const { name } of changes) {
    held += name === "hold" ? 1 : 0;
    held -= name === "release" ? 1 : 0;
    lowest = Math.min(lowest, held);
  }
  return -lowest;
}

const label = (name: string) => `state-${name.replaceAll(" ", "-")}`;

describe("an instance is not recycled when its code", () => {
  beforeAll(
    () => Promise.all(Object.entries(unrestorables).map(([name, source]) => buildGuest(label(name), source))),
    buildTimeoutMs,
  );

  test.for(Object.entries(unrestorables))("%s", async ([name, source]) => {
    const bytes = await buildGuest(label(name), source);
    const instance = instantiate(await compileComponent(bytes));
    instance.snapshot();
    instance.getFunction("change")();
    expect(instance.restore()).toBe(false);
  });
});
