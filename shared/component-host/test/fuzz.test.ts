import { guest } from "@holdfast/guests";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compileComponent, MalformedComponent, parseComponent, UnsupportedComponent } from "../src/index.ts";
import { componentBytes } from "./components.ts";
import { instantiatesOrRefuses, mutate, mutations, parsesOrRefuses } from "./mutations.ts";

// a longer run, with other seeds: node shared/component-host/bench/fuzz.ts
const seed = 20_261_121;

const corpus = [
  await guest("echo"),
  await guest("http-hello"),
  await componentBytes("composed"),
  await componentBytes("exported-resource"),
  await componentBytes("imported-resource"),
];

describe("a damaged component", () => {
  test("is read or refused, never anything else", () => {
    const property = fc.property(fc.constantFrom(...corpus), mutations, (bytes, changes) => {
      parsesOrRefuses(mutate(bytes, changes));
    });
    expect(() => fc.assert(property, { seed, numRuns: 3_000 })).not.toThrow();
  });

  test("is refused wherever it ends", () => {
    for (const bytes of corpus) {
      for (let length = 0; length < Math.min(bytes.length, 1_500); length += 1)
        parsesOrRefuses(bytes.subarray(0, length));
    }
    expect(parsesOrRefuses(corpus[0]?.subarray(0, 7) ?? new Uint8Array())).toBe(false);
  });

  test("is instantiated or refused", async () => {
    const property = fc.asyncProperty(fc.constantFrom(...corpus), mutations, async (bytes, changes) => {
      await instantiatesOrRefuses(mutate(bytes, changes));
    });
    await expect(fc.assert(property, { seed, numRuns: 300 })).resolves.toBeUndefined();
  });
});

test("a core module that neither V8 nor we can read is refused once, and leaves nothing unhandled", async () => {
  // two function bodies announced, one there
  const code = section(10, [2, 2, 0, 0x0b]);
  const module = [
    0x00,
    0x61,
    0x73,
    0x6d,
    1,
    0,
    0,
    0,
    ...section(1, [1, 0x60, 0, 0]),
    ...section(3, [2, 0, 0]),
    ...code,
  ];
  await expect(compileComponent(component(section(1, module)))).rejects.toThrow(MalformedComponent);
  await new Promise(setImmediate);
});

/** Bytes of a section: id, length, contents. */
const leb = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 0x80, ...leb(Math.floor(value / 128))];
const section = (id: number, contents: readonly number[]) => [id, ...leb(contents.length), ...contents];
const component = (...sections: readonly number[][]) =>
  Uint8Array.from([0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00, ...sections.flat()]);

describe("a component made to exhaust its host", () => {
  test("is refused for types that double with each definition", () => {
    // type 0 is u64, type n is a tuple of type n-1 and type n-1
    const types = [[0x77], ...Array.from({ length: 60 }, (_, index) => [0x6f, 0x02, index, index])];
    const bytes = component(section(7, [types.length, ...types.flat()]));
    expect(() => parseComponent(bytes)).toThrow(/bytes is too large for any memory/);
  });

  test("is refused for types that nest without end", () => {
    const types = [[0x77], ...Array.from({ length: 120 }, (_, index) => [0x6b, ...typeIndex(index)])];
    const bytes = component(section(7, [...leb(types.length), ...types.flat()]));
    expect(() => parseComponent(bytes)).toThrow(UnsupportedComponent);
  });

  test("is refused for components that instantiate each other twice over", () => {
    let inner = component();
    for (let level = 0; level < 30; level += 1) {
      const instances = [2, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00];
      inner = component(section(4, [...inner]), section(5, instances));
    }
    expect(() => parseComponent(inner)).toThrow(/expands to more than 500000 definitions/);
  });

  test("is refused for a component that instantiates what it is given with itself", () => {
    // (component $f (import "c" (component)) (instance (instantiate 0 (with "c" (component 0))))), given itself
    const name = [0x01, 0x63];
    const selfApplied = component(
      section(7, [0x01, 0x41, 0x00]),
      section(10, [0x01, 0x00, ...name, 0x04, 0x00]),
      section(5, [0x01, 0x00, 0x00, 0x01, ...name, 0x04, 0x00]),
    );
    const bytes = component(section(4, [...selfApplied]), section(5, [0x01, 0x00, 0x00, 0x01, ...name, 0x04, 0x00]));
    expect(() => parseComponent(bytes)).toThrow("components instantiate each other deeper than 50");
  });

  test.for(["-1", "-1A", "-a1"])("is refused for a name that can be read in 2^1000 ways: a%s%s...!", (part) => {
    const name = Buffer.from(`a${part.repeat(1_000)}!`);
    const bytes = component(section(7, [1, 0x40, 0, 0x01, 0]), section(10, [1, 0, ...leb(name.length), ...name, 1, 0]));
    expect(() => parseComponent(bytes)).toThrow("is not a name that an import or export can have");
  });

  test("is refused for components in components without end", () => {
    let inner = component();
    for (let level = 0; level < 60; level += 1) inner = component(section(4, [...inner]));
    expect(() => parseComponent(inner)).toThrow(/nested deeper than 50/);
  });

  test("is refused for instance types in instance types without end", () => {
    const types = Array.from({ length: 2_000 }, () => [0x42, 0x01, 0x01]).flat();
    expect(() => parseComponent(component(section(7, [0x01, ...types, 0x77])))).toThrow(/nested deeper than 50/);
  });
});

/** A type index as an s33: one more byte from 64 on. */
const typeIndex = (index: number) => (index < 64 ? [index] : [(index % 128) | 0x80, Math.floor(index / 128)]);
