/** Functions over every type: each primitive, what the ABI treats apart, and types made at random from a fixed seed. */
import * as fc from "fast-check";
import { type Case, primitives, type WitFunction, type WitType, word } from "./wit-type.ts";

const seed = 20_261_121;

const p = (kind: (typeof primitives)[number]): WitType => ({ kind });
const list = (of: WitType): WitType => ({ kind: "list", of });
const option = (of: WitType): WitType => ({ kind: "option", of });
const result = (ok?: WitType, err?: WitType): WitType => ({ kind: "result", ok, err });
const tuple = (...of: WitType[]): WitType => ({ kind: "tuple", of });
const record = (...types: WitType[]): WitType => ({
  kind: "record",
  fields: types.map((type, i) => ({ name: `field-${word(i)}`, type })),
});
const variant = (...types: (WitType | undefined)[]): WitType => ({
  kind: "variant",
  cases: types.map((type, i): Case => ({ name: `case-${word(i)}`, type })),
});
const names = (count: number) => Array.from({ length: count }, (_, i) => `name-${word(i)}`);
const flags = (count: number): WitType => ({ kind: "flags", names: names(count) });
const enumeration = (count: number): WitType => ({ kind: "enum", names: names(count) });

const everyPrimitive = primitives.map(p);

/** Whoever joins two core types wrongly meets one of these. */
const joins = [
  ["u32", "f32"],
  ["u32", "u64"],
  ["u32", "f64"],
  ["f32", "u64"],
  ["f32", "f64"],
  ["u64", "f64"],
  ["s8", "f32"],
  ["bool", "s64"],
  ["char", "f64"],
  ["string", "f64"],
] as const;

const discriminants = [1, 2, 255, 256, 257, 300];

export const plainTypes: readonly WitType[] = [
  ...everyPrimitive,
  ...everyPrimitive.map(list),
  ...everyPrimitive.map(option),
  ...[1, 2, 7, 8, 9, 15, 16, 17, 31, 32].map(flags),
  ...discriminants.map(enumeration),
  ...discriminants.map((count) => variant(...names(count).map((_, i) => (i % 3 === 0 ? p("u16") : undefined)))),
  ...joins.map(([a, b]) => variant(p(a), p(b))),
  ...joins.map(([a, b]) => result(tuple(p(a), p("string")), tuple(p(b), p("u8")))),
  variant(...everyPrimitive, undefined, list(p("string"))),
  result(),
  result(p("u32")),
  result(undefined, p("string")),
  option(option(option(p("string")))),
  option(result(p("u8"), option(p("s64")))),
  tuple(p("u8"), p("u64"), p("u8"), p("u16"), p("f64"), p("bool")),
  record(...everyPrimitive),
  record(p("u8"), record(p("u64"), p("u8")), list(record(p("u8"), p("s64")))),
  list(list(list(p("string")))),
  list(option(p("u64"))),
  list(tuple(p("u8"), p("u32"))),
  list(flags(9)),
  list(variant(p("u8"), p("f64"), p("string"))),
  list(enumeration(3)),
  list(result(p("string"), p("u8"))),
];

const someType = fc.letrec<{ type: WitType }>((tie) => {
  const types = (min: number, max: number) => fc.array(tie("type"), { minLength: min, maxLength: max });
  const maybe = fc.option(tie("type"), { nil: undefined });
  return {
    type: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.constantFrom(...everyPrimitive),
      tie("type").map(list),
      tie("type").map(option),
      fc.tuple(maybe, maybe).map(([ok, err]) => result(ok, err)),
      types(1, 4).map((of) => tuple(...of)),
      types(1, 5).map((of) => record(...of)),
      fc.array(maybe, { minLength: 1, maxLength: 5 }).map((of) => variant(...of)),
      fc.integer({ min: 1, max: 32 }).map(flags),
      fc.integer({ min: 1, max: 20 }).map(enumeration),
    ),
  };
}).type;

const identity = (type: WitType): WitFunction => ({ params: [type], result: type });

/** Takes each type and returns it. */
export const plainFunctions: readonly WitFunction[] = plainTypes.map(identity);

/** Fewer and more parameters than go flat, and none at all. */
export const manyParams: readonly WitFunction[] = [
  { params: [] },
  { params: [], result: p("string") },
  { params: [p("string")] },
  ...[2, 15, 16, 17, 20].map((count) => manyOf(count, p("u32"))),
  ...[8, 9].map((count) => manyOf(count, p("string"))),
  { params: everyPrimitive, result: tuple(...everyPrimitive) },
];

function manyOf(count: number, type: WitType): WitFunction {
  const params = Array.from({ length: count }, () => type);
  return { params, result: tuple(...params) };
}

export const randomFunctions: readonly WitFunction[] = fc.sample(
  fc.record({ params: fc.array(someType, { minLength: 1, maxLength: 3 }), result: someType }),
  { seed, numRuns: 40 },
);

export { seed };
