import { buildGuestFile } from "@holdfast/guests";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Trap } from "../../src/index.ts";
import { resourceGuest } from "./resource-guest.ts";
import { buildTimeoutMs, jco, ours, type Subject } from "./subject.ts";

type Counter = Disposable & { add(by: number): number; value(): number };
type Things = {
  Counter: { new (start: number): Counter; sum(a: Counter, b: Counter): Counter };
  take(c: Counter): void;
  keep(c: Counter): void;
  giveBack(): Counter;
  peek(c: Counter): number;
  many(count: number): Counter[];
  total(of: Counter[]): number;
  maybe(c: Counter | undefined): Counter | undefined;
  live(): number;
};
type Visits = Record<"nameOfNew" | "nameOfOpened", (name: string) => string> & {
  found(name: string): boolean;
  pass(f: File): File;
  look(f: File): string;
  keepBorrow(f: File): void;
  hold(f: File): void;
  release(): File;
  dropHeld(): void;
  dropTwice(f: File): void;
  useAfterDrop(f: File): string;
  forge(handle: number): string;
};

/** A resource of the host, which notes what was disposed. */
class File implements Disposable {
  static disposed: string[] = [];
  readonly #name: string;
  constructor(name: string) {
    this.#name = name;
  }
  static find(name: string): File | undefined {
    return name === "missing" ? undefined : new File(name);
  }
  name(): string {
    return this.#name;
  }
  [Symbol.dispose]() {
    File.disposed.push(this.#name);
  }
}

async function start(subject: Subject): Promise<{ things: Things; visits: Visits }> {
  File.disposed = [];
  const files = { File, open: (name: string) => new File(`opened ${name}`) };
  const file = await buildGuestFile("resources", resourceGuest);
  const exports = await subject.start(file, { "holdfast:guests/files": files });
  return {
    things: exports["holdfast:guests/things"] as Things,
    visits: exports["holdfast:guests/visits"] as Visits,
  };
}

describe.for([ours, jco])("resources under $name", (subject) => {
  let things: Things;
  let visits: Visits;

  beforeAll(() => start(subject), buildTimeoutMs);
  beforeEach(async () => {
    ({ things, visits } = await start(subject));
  });

  describe("a resource of the component", () => {
    test("is a class: constructed, its methods called, disposed", () => {
      const counter = new things.Counter(5);
      expect(counter).toBeInstanceOf(things.Counter);
      expect(counter.add(2)).toBe(7);
      expect(counter.value()).toBe(7);
      expect(things.live()).toBe(1);
      counter[Symbol.dispose]();
      expect(things.live()).toBe(0);
    });

    test("is lent and given to static functions", () => {
      const [a, b] = [new things.Counter(2), new things.Counter(3)];
      const sum = things.Counter.sum(a, b);
      expect(sum.value()).toBe(5);
      expect(a.value()).toBe(2);
      expect(things.live()).toBe(2);
    });

    test("cannot be used once it was given away or disposed", () => {
      const [given, disposed] = [new things.Counter(1), new things.Counter(2)];
      things.take(given);
      disposed[Symbol.dispose]();
      expect(() => given.value()).toThrow(Error);
      expect(() => things.peek(given)).toThrow(Error);
      expect(() => disposed.value()).toThrow(Error);
      expect(things.live()).toBe(0);
    });

    test("comes back from where it was kept", () => {
      things.keep(new things.Counter(9));
      expect(things.live()).toBe(1);
      expect(things.giveBack().value()).toBe(9);
    });

    test("travels in lists and options, lent and given", () => {
      const counters = things.many(4);
      expect(counters.map((counter) => counter.value())).toEqual([0, 1, 2, 3]);
      expect(things.total(counters)).toBe(6);
      expect(things.maybe(undefined)).toBeUndefined();
      expect(things.maybe(counters[3])?.value()).toBe(3);
      expect(things.live()).toBe(4);
    });

    test("is refused where another class is wanted", () => {
      const peek: (value: unknown) => number = (value) => things.peek(value as Counter);
      expect(() => peek({})).toThrow(Error);
      expect(() => peek(undefined)).toThrow(Error);
      expect(() => peek(new File("a file"))).toThrow(Error);
    });
  });

  describe("a resource of the host", () => {
    test("is constructed, called and dropped by the component", () => {
      expect(visits.nameOfNew("a")).toBe("a");
      expect(visits.nameOfOpened("b")).toBe("opened b");
      expect(File.disposed).toEqual(["a", "opened b"]);
    });

    test("is found or not by a static function", () => {
      expect(visits.found("here")).toBe(true);
      expect(visits.found("missing")).toBe(false);
      expect(File.disposed).toEqual(["here"]);
    });

    test("comes back as the same object", () => {
      const file = new File("same");
      expect(visits.pass(file)).toBe(file);
      visits.hold(file);
      expect(visits.release()).toBe(file);
      expect(File.disposed).toEqual([]);
    });

    test("that was lent is not disposed", () => {
      const file = new File("lent");
      expect(visits.look(file)).toBe("lent");
      expect(visits.look(file)).toBe("lent");
      expect(File.disposed).toEqual([]);
    });

    test("that was given is disposed when the component drops it", () => {
      visits.hold(new File("held"));
      expect(File.disposed).toEqual([]);
      visits.dropHeld();
      expect(File.disposed).toEqual(["held"]);
    });

    test.for([
      ["dropping it twice", () => visits.dropTwice(new File("twice"))],
      ["using it once dropped", () => visits.useAfterDrop(new File("used"))],
      ["a handle that was made up", () => visits.forge(77)],
      ["the handle 0", () => visits.forge(0)],
    ] as const)("traps at %s", ([, misuse]) => {
      expect(misuse).toThrow(Error);
    });
  });
});

// jco 1.35 lets it pass
test("a resource that was lent must be given up before the call ends", async () => {
  const { visits } = await start(ours);
  expect(() => visits.keepBorrow(new File("kept"))).toThrow(Trap);
});
