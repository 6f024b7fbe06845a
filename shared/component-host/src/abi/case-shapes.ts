import type { EnumType, OptionType, ResultType, ValueType, VariantType } from "../types/value-types.ts";
import { type Codec, wrongType } from "./codec.ts";
import type { CaseCodec } from "./variants.ts";

/** How the cases of a type look in JavaScript. */
interface CaseShape {
  toValue(index: number, payload: unknown): unknown;
  toCase(value: unknown): number;
  toPayload(value: unknown): unknown;
}

function shapedCodec(cases: CaseCodec, shape: CaseShape): Codec {
  return {
    load: (guest, at) => {
      const index = cases.loadCase(guest, at);
      return shape.toValue(index, cases.loadPayload(guest, at, index));
    },
    store: (guest, at, value) => cases.storeCase(guest, at, shape.toCase(value), shape.toPayload(value)),
    liftFlat: (guest, flat, at) => {
      const index = cases.liftCase(flat, at);
      return shape.toValue(index, cases.liftPayload(guest, flat, at, index));
    },
    lowerFlat: (guest, value, flat) => cases.lowerCase(guest, shape.toCase(value), shape.toPayload(value), flat),
  };
}

const tagOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, "tag") : undefined;
const valOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, "val") : undefined;

/** Variants and nested results: `{ tag, val }`. */
export function variantCodec(type: VariantType | ResultType, cases: CaseCodec): Codec {
  const indexOf = new Map<unknown, number>(type.cases.map((one, index) => [one.name, index]));
  const expected = () => `one of ${type.cases.map((one) => `{ tag: "${one.name}" }`).join(", ")}`;
  return shapedCodec(cases, {
    toValue: (index, val) => {
      const one = type.cases[index];
      return one?.type === undefined && type.kind === "variant" ? { tag: one?.name } : { tag: one?.name, val };
    },
    toCase: (value) => indexOf.get(tagOf(value)) ?? wrongType(expected(), value),
    toPayload: valOf,
  });
}

/** Enums: strings. */
export function enumCodec(type: EnumType, cases: CaseCodec): Codec {
  const names = type.cases.map((one) => one.name);
  const indexOf = new Map<unknown, number>(names.map((name, index) => [name, index]));
  return shapedCodec(cases, {
    toValue: (index) => names[index],
    toCase: (value) => indexOf.get(value) ?? wrongType(`one of ${names.join(", ")}`, value),
    toPayload: () => undefined,
  });
}

/** Options: the value or undefined; `{ tag: "some" | "none", val }` where the value can be undefined itself. */
export function optionCodec(type: OptionType, cases: CaseCodec): Codec {
  if (!canBeUndefined(type.some)) {
    return shapedCodec(cases, {
      toValue: (_index, payload) => payload,
      toCase: (value) => (value === undefined || value === null ? 0 : 1),
      toPayload: (value) => value,
    });
  }
  return shapedCodec(cases, {
    toValue: (index, val) => (index === 0 ? { tag: "none" } : { tag: "some", val }),
    toCase: (value) => {
      const tag = tagOf(value);
      if (tag === "some") return 1;
      return tag === "none" || value === undefined ? 0 : wrongType('{ tag: "some" } or { tag: "none" }', value);
    },
    toPayload: valOf,
  });
}

/** Of options in options every other one has a tag. */
const canBeUndefined = (type: ValueType): boolean => type.kind === "option" && !canBeUndefined(type.some);
