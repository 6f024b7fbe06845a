import type { ValueType } from "../types/value-types.ts";
import { enumCodec, optionCodec, variantCodec } from "./case-shapes.ts";
import type { Codec } from "./codec.ts";
import { flagsCodec } from "./flags.ts";
import { handleCodec } from "./handles.ts";
import { listCodec } from "./lists.ts";
import { primitiveCodecs } from "./primitives.ts";
import { fieldCodecs, recordCodec, tupleCodec } from "./records.ts";
import { stringCodec } from "./strings.ts";
import { caseCodec, type CaseCodec } from "./variants.ts";

const codecs = new WeakMap<ValueType, Codec>();

/** The codec of a type: made at first use, and shared by all instances of its component. */
export function codecOf(type: ValueType): Codec {
  const known = codecs.get(type);
  if (known !== undefined) return known;
  const codec = makeCodec(type);
  codecs.set(type, codec);
  return codec;
}

/** The cases of a type, for results that are thrown or returned instead of wrapped. */
export function casesOf(type: Extract<ValueType, { readonly cases: unknown }>): CaseCodec {
  return caseCodec(type, (index) => {
    const payload = type.cases[index]?.type;
    return payload === undefined ? undefined : codecOf(payload);
  });
}

function makeCodec(type: ValueType): Codec {
  switch (type.kind) {
    case "string":
      return stringCodec;
    case "list":
      return listCodec(type, codecOf(type.element));
    case "record":
      return recordCodec(fieldCodecs(type.fields, (field) => codecOf(field.type)));
    case "tuple":
      return tupleCodec(fieldCodecs(type.fields, (field) => codecOf(field.type)));
    case "flags":
      return flagsCodec(type);
    case "variant":
    case "result":
      return variantCodec(type, casesOf(type));
    case "enum":
      return enumCodec(type, casesOf(type));
    case "option":
      return optionCodec(type, casesOf(type));
    case "own":
    case "borrow":
      return handleCodec(type);
    default:
      return primitiveCodecs[type.kind];
  }
}
