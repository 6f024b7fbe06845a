import { buildGuest } from "@holdfast/guests";
import { expect, test } from "vitest";
import { compileComponent } from "../src/index.ts";

interface Parts {
  /** Types of core functions, as the module declares them. */
  readonly text?: string;
  readonly release?: string;
  readonly realloc?: string;
  readonly log?: string;
  readonly drop?: string;
  readonly destructor?: string;
}

/** A component that lifts, lowers, returns and drops; each core function with its right type unless another is given. */
const source = (parts: Parts) => {
  const right = {
    text: "(param i32 i32) (result i32)",
    release: "(param i32)",
    realloc: "(param i32 i32 i32 i32) (result i32)",
    log: "(param i32 i32 i64) (result f64)",
    drop: "(param i32)",
    destructor: "(param i32)",
    ...parts,
  };
  return `(component
    (import "log" (func $log (param "text" string) (param "n" u64) (result f64)))
    (core module $memory (memory (export "memory") 1)
      (func (export "realloc") ${right.realloc} unreachable)
      (func (export "destroy") ${right.destructor} unreachable))
    (core instance $memory (instantiate $memory))
    (type $thing (resource (rep i32) (dtor (core func $memory "destroy"))))
    (core func $log (canon lower (func $log) (memory (core memory $memory "memory"))))
    (core func $drop (canon resource.drop $thing))
    (core module $m
      (import "host" "log" (func ${right.log}))
      (import "host" "drop" (func ${right.drop}))
      (func (export "text") ${right.text} unreachable)
      (func (export "release") ${right.release}))
    (core instance $m (instantiate $m (with "host" (instance
      (export "log" (func $log)) (export "drop" (func $drop))))))
    (func (export "text") (param "text" string) (result string)
      (canon lift (core func $m "text") (memory (core memory $memory "memory"))
        (realloc (core func $memory "realloc")) (post-return (core func $m "release")))))`;
};

const wrong: readonly (readonly [keyof Parts, string, string])[] = [
  ["text", "(param i32) (result i32)", 'a lifted function ("text") is a core function (i32 -> i32)'],
  ["text", "(param i32 i32) (result i64)", "has to be (i32,i32 -> i32)"],
  ["text", "(param i32 i32)", "has to be (i32,i32 -> i32)"],
  ["release", "", 'post-return ("release") is a core function ( -> ), and has to be (i32 -> )'],
  ["realloc", "(param i32 i32 i32) (result i32)", 'realloc ("realloc") is a core function (i32,i32,i32 -> i32)'],
  ["realloc", "(param i32 i32 i32 i32) (result i64)", "has to be (i32,i32,i32,i32 -> i32)"],
  ["log", "(param i32 i32 i32) (result f64)", 'the import "log" is a core function (i32,i32,i32 -> f64)'],
  ["log", "(param i32 i32 i64) (result externref)", "has to be (i32,i32,i64 -> f64)"],
  ["drop", "(param i64)", 'the import "drop" is a core function (i64 -> ), and has to be (i32 -> )'],
  ["destructor", "(param i32 i32)", 'the destructor of a resource ("destroy") is a core function (i32,i32 -> )'],
];

const built = (label: string, parts: Parts) =>
  buildGuest(`signature-${label}`, { language: "component-wat", text: source(parts) });

// asked for at once, they are built by one process
const [right, ...components] = await Promise.all([
  built("right", {}),
  ...wrong.map(([part, type], index) => built(`${part}-${index}`, { [part]: type })),
]);

test("a component is compiled when its core functions have the types that the canonical ABI gives them", async () => {
  await expect(compileComponent(right)).resolves.toBeDefined();
});

test.for(wrong.map((one, index) => [...one, index] as const))(
  "a component is refused for another type of %s: %s",
  async ([, , message, index]) => {
    await expect(compileComponent(components[index] ?? right)).rejects.toThrow(message);
  },
);
