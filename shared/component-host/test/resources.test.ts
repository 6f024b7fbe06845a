import { describe, expect, test } from "vitest";
import { type ComponentInstance, instantiate, Trap } from "../src/index.ts";
import { componentFrom, functions } from "./components.ts";

const importing = await componentFrom("imported-resource");

class Thing {
  static disposed: number[] = [];
  readonly #size: number;

  constructor(size: number) {
    this.#size = size;
  }
  static join(a: Thing, b: Thing): Thing {
    return new Thing(a.size() + b.size());
  }
  size(): number {
    return this.#size;
  }
  [Symbol.dispose](): void {
    Thing.disposed.push(this.#size);
  }
}

function importer() {
  Thing.disposed = [];
  return instantiate(importing, { "test:host/things@1.2.0": { Thing, both: () => 1 } });
}

describe("a resource of the host", () => {
  test("is made by the guest and handed out as the host's own object", () => {
    const made = functions(importer())["make"]?.(7);
    expect(made).toBeInstanceOf(Thing);
    expect(made instanceof Thing ? made.size() : undefined).toBe(7);
    expect(Thing.disposed).toEqual([]);
  });

  test("is lent to the guest for a call", () => {
    expect(functions(importer())["measure"]?.(new Thing(5))).toBe(5);
    expect(Thing.disposed).toEqual([]);
  });

  test("is disposed when the guest that owns it drops it", () => {
    functions(importer())["dropIt"]?.(new Thing(3));
    expect(Thing.disposed).toEqual([3]);
  });

  test("is given away and lent in calls of the guest", () => {
    const joined = functions(importer())["joined"]?.(4);
    expect(joined instanceof Thing ? joined.size() : undefined).toBe(5);
    expect(Thing.disposed).toEqual([1]);
  });

  test.for<[string, unknown[], string]>([
    ["keep", [new Thing(1)], "borrowed handles were not dropped at the end of the call"],
    ["dropNumber", [77], "unknown handle 77"],
    ["dropNumber", [0], "unknown handle 0"],
    ["dropTwice", [], "unknown handle 1"],
    ["lendAndGive", [], "handle 1 can not be dropped while it is lent"],
  ])("traps in %s%o: %s", ([name, args, message]) => {
    const instance = importer();
    expect(() => functions(instance)[name]?.(...args)).toThrow(new Trap(message));
    expect(instance.trapped).toBeInstanceOf(Trap);
    expect(() => functions(instance)["make"]?.(1)).toThrow("the instance has trapped and can not be entered again");
  });

  test("is refused when it is no object, and the instance lives on", () => {
    const instance = importer();
    expect(() => functions(instance)["dropIt"]?.(5)).toThrow(TypeError);
    expect(functions(instance)["measure"]?.(new Thing(5))).toBe(5);
  });

  test("is disposed by a restore when the guest forgot it, and its number is given out again", () => {
    const instance = importer();
    instance.snapshot();
    const call = functions(instance);
    expect(call["nextHandle"]?.()).toBe(1);
    call["leak"]?.();
    expect(instance.restore()).toBe(true);
    expect(Thing.disposed).toEqual([9, 9]);
    expect(call["nextHandle"]?.()).toBe(1);
  });
});

const exporting = await componentFrom("exported-resource");

interface Counter extends Disposable {
  value(): number;
}
interface Counters {
  Counter: { new (value: number): Counter; consume(it: Counter): number };
  readonly dropped: () => number;
}

/** The guest's interface as a TypeScript user would declare it. */
function counters(instance: ComponentInstance): Counters {
  return Object(instance.getInterface("test:guest/counters@1.0.0"));
}

describe("a resource of the guest", () => {
  test("is a class: constructor, methods, static functions", () => {
    const { Counter } = counters(instantiate(exporting));
    const counter = new Counter(5);
    expect(counter).toBeInstanceOf(Counter);
    expect(counter.value()).toBe(5);
    expect(Counter.consume(counter)).toBe(5);
  });

  test("runs the guest's destructor once, when it is disposed", () => {
    const { Counter, dropped } = counters(instantiate(exporting));
    const counter = new Counter(5);
    counter[Symbol.dispose]();
    counter[Symbol.dispose]();
    expect(dropped()).toBe(5);
  });

  test("is void once it was given away", () => {
    const { Counter, dropped } = counters(instantiate(exporting));
    const counter = new Counter(5);
    Counter.consume(counter);
    expect(() => counter.value()).toThrow("was disposed or given away");
    expect(() => Counter.consume(counter)).toThrow(TypeError);
    counter[Symbol.dispose]();
    expect(dropped()).toBe(5);
  });

  test("of another instance is refused", () => {
    const other = new (counters(instantiate(exporting)).Counter)(1);
    const { Counter } = counters(instantiate(exporting));
    expect(() => Counter.consume(other)).toThrow("expected a counter of this instance");
  });

  test("is void after the instance was restored", () => {
    const instance = instantiate(exporting);
    instance.snapshot();
    const { Counter, dropped } = counters(instance);
    const counter = new Counter(5);
    expect(instance.restore()).toBe(true);
    expect(() => counter.value()).toThrow(TypeError);
    expect(dropped()).toBe(0);
  });
});
