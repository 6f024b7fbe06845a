/** Values of a WIT type in the shape that components have in JavaScript (jco's), and what becomes of one on its way through. */
import * as fc from "fast-check";
import type { WitType } from "./wit-type.ts";

const edges = (...points: number[]) => fc.constantFrom(...points);
const chars = fc
  .oneof(
    edges(0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x1_0000, 0x10_ffff),
    fc.integer({ min: 0, max: 0x10_ffff }),
  )
  .filter((point) => point < 0xd800 || point > 0xdfff)
  .map((point) => String.fromCodePoint(point));
/** Among them texts of only Latin-1, astral characters, and halves of surrogate pairs where they should not be. */
const strings = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.array(chars).map((points) => points.join("")),
  fc.array(fc.integer({ min: 0, max: 0xff })).map((units) => String.fromCodePoint(...units)),
  fc
    .array(fc.oneof(fc.integer({ min: 0, max: 0xffff }), fc.integer({ min: 0xd800, max: 0xdfff })))
    .map((units) => String.fromCharCode(...units)),
);

const unsigned = (bits: number) =>
  fc.oneof(
    edges(0, 1, 2 ** (bits - 1) - 1, 2 ** (bits - 1), 2 ** bits - 1),
    fc.integer({ min: 0, max: 2 ** bits - 1 }),
  );
const signed = (bits: number) => {
  const [min, max] = [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return fc.oneof(edges(min, -1, 0, 1, max), fc.integer({ min, max }));
};
const bigs = (min: bigint, max: bigint) =>
  fc.oneof(
    fc.constantFrom(min, -min - 1n, 0n, 1n, max).filter((n) => n >= min),
    fc.bigInt({ min, max }),
  );

/** What lists of numbers are: typed arrays. */
const arrays = {
  u8: Uint8Array,
  s8: Int8Array,
  u16: Uint16Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
  u64: BigUint64Array,
  s64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
};

const isNumeric = (kind: string): kind is keyof typeof arrays => kind in arrays;

function toList(of: WitType, items: unknown[]): unknown {
  return isNumeric(of.kind) ? Reflect.construct(arrays[of.kind], [items]) : items;
}

export const camel = (name: string): string => name.replaceAll(/-(.)/g, (_, letter: string) => letter.toUpperCase());

/** Any value of the type. */
export function valueOf(type: WitType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case "bool":
      return fc.boolean();
    case "u8":
    case "u16":
    case "u32":
      return unsigned(Number(type.kind.slice(1)));
    case "s8":
    case "s16":
    case "s32":
      return signed(Number(type.kind.slice(1)));
    case "u64":
      return bigs(0n, 2n ** 64n - 1n);
    case "s64":
      return bigs(-(2n ** 63n), 2n ** 63n - 1n);
    case "f32":
      return fc.float();
    case "f64":
      return fc.double();
    case "char":
      return chars;
    case "string":
      return strings;
    case "list":
      return fc.array(valueOf(type.of), { maxLength: 6 }).map((items) => toList(type.of, items));
    case "tuple":
      return fc.tuple(...type.of.map(valueOf));
    case "record":
      return fc.record(Object.fromEntries(type.fields.map((field) => [camel(field.name), valueOf(field.type)])));
    case "option":
      return optionOf(type.of);
    case "result":
      return fc.oneof(caseOf("ok", type.ok), caseOf("err", type.err));
    case "variant":
      return fc.oneof(...type.cases.map((each) => caseOf(each.name, each.type)));
    case "enum":
      return fc.constantFrom(...type.names);
    default:
      return fc.record(Object.fromEntries(type.names.map((name) => [camel(name), fc.boolean()])));
  }
}

function caseOf(tag: string, type: WitType | undefined): fc.Arbitrary<unknown> {
  return type === undefined ? fc.constant({ tag }) : valueOf(type).map((val) => ({ tag, val }));
}

/** A tag is needed only where `undefined` is a value of what is inside. */
function optionOf(type: WitType): fc.Arbitrary<unknown> {
  if (hasUndefined(type)) return fc.oneof(fc.constant({ tag: "none" }), caseOf("some", type));
  return fc.oneof(fc.constant(undefined), valueOf(type));
}

const hasUndefined = (type: WitType): boolean => type.kind === "option" && !hasUndefined(type.of);

/** Strings arrive as Unicode scalar values, as with TextEncoder: what is no character is U+FFFD. All else arrives as it was. */
export function arrived(value: unknown): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (Array.isArray(value)) return value.map(arrived);
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, arrived(inner)]));
}
