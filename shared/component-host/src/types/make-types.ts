import type { PrimitiveKind } from "../binary/definitions.ts";
import { camelCase } from "../names.ts";
import { type FlatType, type Layout, layoutCases, layoutFields } from "./layout.ts";
import type {
  EnumType,
  FlagsType,
  HandleType,
  ListType,
  OptionType,
  PrimitiveType,
  RecordType,
  ResourceType,
  ResultType,
  TupleType,
  ValueType,
  VariantType,
} from "./value-types.ts";

const primitive = (kind: PrimitiveKind, size: number, align: Layout["align"], flat: readonly FlatType[]) =>
  ({ kind, size, align, flat, depth: 1, hasBorrow: false, hasPointer: kind === "string" }) satisfies PrimitiveType;

/** One object per primitive type. */
export const primitiveTypes: Readonly<Record<PrimitiveKind, PrimitiveType>> = {
  bool: primitive("bool", 1, 1, ["i32"]),
  s8: primitive("s8", 1, 1, ["i32"]),
  u8: primitive("u8", 1, 1, ["i32"]),
  s16: primitive("s16", 2, 2, ["i32"]),
  u16: primitive("u16", 2, 2, ["i32"]),
  s32: primitive("s32", 4, 4, ["i32"]),
  u32: primitive("u32", 4, 4, ["i32"]),
  s64: primitive("s64", 8, 8, ["i64"]),
  u64: primitive("u64", 8, 8, ["i64"]),
  f32: primitive("f32", 4, 4, ["f32"]),
  f64: primitive("f64", 8, 8, ["f64"]),
  char: primitive("char", 4, 4, ["i32"]),
  string: primitive("string", 8, 4, ["i32", "i32"]),
};

export function recordType(members: readonly { name: string; type: ValueType }[]): RecordType {
  const named = members.map(({ name, type }) => ({ name, property: camelCase(name), type }));
  return { kind: "record", ...layoutFields(named) };
}

export function tupleType(elements: readonly ValueType[]): TupleType {
  const named = elements.map((type, index) => ({ name: `${index}`, property: `${index}`, type }));
  return { kind: "tuple", ...layoutFields(named) };
}

export function variantType(cases: readonly { name: string; type: ValueType | undefined }[]): VariantType {
  return { kind: "variant", ...layoutCases(cases) };
}

export function enumType(labels: readonly string[]): EnumType {
  return { kind: "enum", ...layoutCases(labels.map((name) => ({ name, type: undefined }))) };
}

export function optionType(some: ValueType): OptionType {
  const cases = [
    { name: "none", type: undefined },
    { name: "some", type: some },
  ];
  return { kind: "option", some, ...layoutCases(cases) };
}

export function resultType(ok: ValueType | undefined, err: ValueType | undefined): ResultType {
  const cases = [
    { name: "ok", type: ok },
    { name: "err", type: err },
  ];
  return { kind: "result", ok, err, ...layoutCases(cases) };
}

export function listType(element: ValueType): ListType {
  const { depth, hasBorrow } = element;
  const flat: readonly FlatType[] = ["i32", "i32"];
  return { kind: "list", element, size: 8, align: 4, flat, depth: depth + 1, hasBorrow, hasPointer: true };
}

/** Up to 8, 16 or 32 labels take 1, 2 or 4 bytes; more take a word for each 32. */
export function flagsType(labels: readonly string[]): FlagsType {
  const words = Math.ceil(labels.length / 32);
  const align = labels.length <= 8 ? 1 : labels.length <= 16 ? 2 : 4;
  const flat = words <= 16 ? Array.from({ length: words }, (): FlatType => "i32") : undefined;
  const size = words > 1 ? words * 4 : align;
  return { kind: "flags", labels, size, align, flat, depth: 1, hasBorrow: false, hasPointer: false };
}

export function handleType(kind: "own" | "borrow", resource: ResourceType): HandleType {
  const hasBorrow = kind === "borrow";
  return { kind, resource, size: 4, align: 4, flat: ["i32"], depth: 1, hasBorrow, hasPointer: false };
}
