import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  attempt,
  Attempts,
  type CompiledComponent,
  type ComponentInstance,
  instantiate,
  irrevocable,
  repeatable,
  suspending,
  Trap,
} from "../src/index.ts";
import { componentFrom, functions } from "./components.ts";
import { seed } from "./oracle/zoo.ts";

const [waiting, shapes, growing, destructor, catching] = await Promise.all([
  componentFrom("waiting"),
  componentFrom("waiting-types"),
  componentFrom("waiting-grows"),
  componentFrom("waiting-destructor"),
  componentFrom("catching"),
]);

class Token {
  readonly kind = "token";
}
const tokens = { "holdfast:guests/tokens": { Token: repeatable(Token) } };

/** Waits for odd numbers. */
const waitsIfOdd = () => repeatable(suspending((n: number) => (n % 2 === 1 ? Promise.resolve(n) : n)));

/** An instance, what it did outside, and its functions. */
function start(compiled: CompiledComponent = waiting, wait: (n: number) => unknown = waitsIfOdd()) {
  const acted: number[] = [];
  const act = (n: number) => void acted.push(n);
  const instance = instantiate(compiled, { wait, act, ...tokens });
  return { instance, acted, call: functions(instance) };
}

const tried = (instance: ComponentInstance, name: string, ...args: unknown[]) =>
  attempt([instance], () => functions(instance)[name]?.(...args));

describe("an attempt", () => {
  test("answers at once where the guest has nothing to wait for", async () => {
    const { instance, call } = start();
    expect(tried(instance, "wait", 2)).toEqual({ value: 2 });
    expect(tried(instance, "count")).toEqual({ value: 3003 });
    // without an attempt the same answers come as promises
    await expect(call["wait"]?.(2)).resolves.toBe(2);
    expect(tried(instance, "count")).toEqual({ value: 6006 });
  });

  test("is void where the guest has to wait in the middle, and leaves memory and globals as they were", async () => {
    const { instance, call } = start();
    await call["count"]?.();
    expect(tried(instance, "wait", 1)).toBeUndefined();
    expect(instance.trapped).toBeUndefined();
    await expect(call["count"]?.()).resolves.toBe(2002);
    await expect(call["wait"]?.(1)).resolves.toBe(1);
    await expect(call["count"]?.()).resolves.toBe(5005);
  });

  test("is void before the guest calls what is not repeatable", async () => {
    const { instance, acted, call } = start();
    expect(tried(instance, "act", 5)).toBeUndefined();
    expect(acted).toEqual([]);
    await expect(call["act"]?.(5)).resolves.toBe(1001);
    expect(acted).toEqual([5]);
  });

  test("is void before a repeatable function does what can not be taken back", async () => {
    const acted: number[] = [];
    const act = repeatable((n: number) => {
      if (n > 9) irrevocable();
      acted.push(n);
    });
    const instance = instantiate(waiting, { wait: waitsIfOdd(), act, ...tokens });
    expect(tried(instance, "act", 1)).toEqual({ value: 1001 });
    expect(tried(instance, "act", 10)).toBeUndefined();
    expect(acted).toEqual([1]);
    await functions(instance)["act"]?.(10);
    expect(acted).toEqual([1, 10]);
  });

  test("is void also for a guest that catches what ends it", async () => {
    const calls: number[] = [];
    const wait = repeatable(
      suspending((n: number) => {
        calls.push(n);
        return n === 1 ? Promise.resolve(n) : n;
      }),
    );
    const instance = instantiate(catching, { wait });
    expect(tried(instance, "catch", 1)).toBeUndefined();
    expect(calls).toEqual([1]);
    await expect(functions(instance)["catch"]?.(1)).resolves.toBe(1);
    expect(tried(instance, "catch", 4)).toEqual({ value: 4 });
  });

  test("is not made while the guest holds a handle, whatever stands behind it", async () => {
    const { instance, call } = start();
    await call["hold"]?.();
    let calls = 0;
    expect(attempt([instance], () => (calls += 1))).toBeUndefined();
    expect(calls).toBe(0);
    await call["release"]?.();
    expect(tried(instance, "count")).toEqual({ value: 1001 });
  });

  test("forgets the handles that a void one made", () => {
    const { instance } = start();
    expect(tried(instance, "holdAndWait", 1)).toBeUndefined();
    expect(tried(instance, "count")).toEqual({ value: 1001 });
  });

  test("is not made while a call is under way", async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const { instance, call } = start(
      waiting,
      suspending(() => promise),
    );
    const first = call["wait"]?.(1);
    expect(tried(instance, "count")).toBeUndefined();
    resolve(7);
    await expect(first).resolves.toBe(7);
    expect(tried(instance, "count")).toEqual({ value: 3003 });
  });

  test("that traps has trapped", () => {
    const { instance } = start();
    expect(() => tried(instance, "trap")).toThrow(new Trap("unreachable"));
    expect(instance.trapped).toBeInstanceOf(Trap);
    expect(tried(instance, "count")).toBeUndefined();
  });

  test("hands on what the host throws", () => {
    const problem = new Error("no more");
    const { instance } = start(
      waiting,
      repeatable(
        suspending(() => {
          throw problem;
        }),
      ),
    );
    expect(() => tried(instance, "wait", 1)).toThrow(problem);
    expect(instance.trapped).toBe(problem);
  });

  test("is void, and nothing is left unhandled, where the promise it met is rejected", async () => {
    const { instance } = start(waiting, repeatable(suspending(() => Promise.reject(new Error("gone")))));
    expect(tried(instance, "wait", 1)).toBeUndefined();
    await new Promise(setImmediate);
    expect(tried(instance, "count")).toEqual({ value: 1001 });
  });

  test("is of no use, and not made, for a component that never waits", () => {
    const instance = instantiate(waiting, { wait: (n: number) => n, act: () => undefined, ...tokens });
    expect(tried(instance, "count")).toBeUndefined();
    expect(functions(instance)["count"]?.()).toBe(1001);
  });
});

describe("a component too large to be copied before each call", () => {
  test("is called in attempts only as it was in its snapshot", async () => {
    const { instance, call } = start(growing);
    expect(tried(instance, "mark", 2)).toBeUndefined();
    instance.snapshot();
    expect(tried(instance, "mark", 2)).toEqual({ value: 1 });
    expect(tried(instance, "mark", 2)).toBeUndefined();
    expect(instance.restore()).toBe(true);
    expect(tried(instance, "mark", 1)).toBeUndefined();
    await expect(call["mark"]?.(1)).resolves.toBe(1);
    expect(instance.restore()).toBe(true);
    expect(tried(instance, "mark", 2)).toEqual({ value: 1 });
  });

  test("is of no use any more when its memory grew in a void attempt", async () => {
    const { instance, call } = start(growing);
    instance.snapshot();
    expect(tried(instance, "grow", 1)).toBeUndefined();
    expect(instance.trapped).toBeDefined();
    expect(instance.restore()).toBe(false);
    await expect(Promise.resolve().then(() => call["mark"]?.(2))).rejects.toThrow(Trap);
  });
});

describe("an attempt over several instances", () => {
  const linked = () => {
    const inner = start();
    const outer = start(waiting, suspending(Object(inner.instance.exports["wait"])));
    return { inner, outer, both: [outer.instance, inner.instance] };
  };
  const outerWait = (outer: { call: ReturnType<typeof functions> }, n: number) => () => outer.call["wait"]?.(n);

  test("answers at once through all of them", () => {
    const { outer, both } = linked();
    expect(attempt(both, outerWait(outer, 4))).toEqual({ value: 4 });
  });

  test("takes back what it changed in each of them", async () => {
    const { inner, outer, both } = linked();
    expect(attempt(both, outerWait(outer, 3))).toBeUndefined();
    await expect(inner.call["count"]?.()).resolves.toBe(1001);
    await expect(outer.call["count"]?.()).resolves.toBe(1001);
  });

  test("leaves alone one that is not part of it", async () => {
    const { inner, outer } = linked();
    expect(attempt([outer.instance], outerWait(outer, 4))).toBeUndefined();
    await expect(inner.call["count"]?.()).resolves.toBe(1001);
    await expect(outer.call["count"]?.()).resolves.toBe(1001);
  });
});

describe("attempts can not be told from calls", () => {
  const step = fc.record({
    name: fc.constantFrom("count", "wait", "act", "holdAndWait"),
    n: fc.nat(5),
    isRestored: fc.boolean(),
  });

  test("by the guest, by what it answers, or by what it does outside", async () => {
    const sameAsCalls = fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const [subject, control] = [start(), start()];
      for (const { instance } of [subject, control]) instance.snapshot();
      for (const { name, n, isRestored } of steps) {
        const args = name === "count" ? [] : [n];
        const answer = tried(subject.instance, name, ...args)?.value ?? (await subject.call[name]?.(...args));
        expect(answer).toBe(await control.call[name]?.(...args));
        expect(subject.acted).toEqual(control.acted);
        const kept = [subject, control].filter(({ instance }) => isRestored && !instance.restore());
        expect(kept).toEqual([]);
      }
    });
    await fc.assert(sameAsCalls, { seed, numRuns: 200 });
  });
});

describe("a function to wait in", () => {
  const names = ["i32", "i64", "f32", "f64", "none", "pair", "many"] as const;
  const echo = { i32: 7, i64: 2n ** 63n, f32: 1.5, f64: 0.1, none: undefined, pair: 5n, many: 9n };
  const answers = { ...echo, pair: [5n, 7n], many: 9n };
  const expected = { ...echo, pair: 12n };

  test.for(names)("may have any core type, waiting or not: %s", async (name) => {
    for (const waits of [false, true]) {
      const answer = suspending(() => (waits ? Promise.resolve(answers[name]) : answers[name]));
      const instance = instantiate(shapes, Object.fromEntries(names.map((each) => [each, answer])));
      const args = name === "none" ? [] : [echo[name]];
      expect(await functions(instance)[name]?.(...args)).toEqual(expected[name]);
      expect(await functions(instance)[name]?.(...args)).toEqual(expected[name]);
    }
  });
});

describe("where a guest can not be suspended", () => {
  const dispose = (thing: unknown) => {
    const destroy: unknown = Reflect.get(Object(thing), Symbol.dispose);
    if (typeof destroy === "function") Reflect.apply(destroy, thing, []);
  };

  test("it may still call what can make it wait, and need not", async () => {
    const waited: number[] = [];
    const wait = suspending((n: number) => {
      waited.push(n);
      return n;
    });
    const instance = instantiate(destructor, { wait });
    dispose(await functions(instance)["make"]?.(5));
    expect(waited).toEqual([0, 5]);
    expect(instance.trapped).toBeUndefined();
  });

  test("it traps when it has to wait, and nothing is left unhandled", async () => {
    const wait = suspending((n: number) => (n === 0 ? 0 : Promise.reject(new Error("gone"))));
    const instance = instantiate(destructor, { wait });
    const thing = await functions(instance)["make"]?.(5);
    expect(() => dispose(thing)).toThrow(new Trap("the guest can not wait in a destructor or a start function"));
    expect(instance.trapped).toBeInstanceOf(Trap);
    await new Promise(setImmediate);
    expect(() => instantiate(destructor, { wait: suspending(() => Promise.resolve(1)) })).toThrow(Trap);
  });
});

describe("Attempts", () => {
  /** Which of so many calls were attempts. */
  const attempted = (attempts: Attempts, instance: ComponentInstance, numbers: readonly number[]) =>
    numbers.map((n) => {
      let isAttempt = false;
      attempts.run([instance], () => {
        isAttempt = true;
        return functions(instance)["wait"]?.(n);
      });
      return isAttempt;
    });

  test("are made of every call that goes well", () => {
    const { instance } = start();
    expect(attempted(new Attempts(), instance, [0, 2, 4, 6])).toEqual([true, true, true, true]);
  });

  test("become rare where they are void, and do not end", () => {
    const { instance } = start();
    const made = attempted(new Attempts(), instance, Array<number>(10_000).fill(1));
    const at = made.flatMap((isAttempt, index) => (isAttempt ? [index] : []));
    expect(at).toEqual([0, 5, 22, 87, 344, 1369, 5466, 9563]);
  });
});
