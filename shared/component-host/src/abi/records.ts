import type { Field } from "../types/value-types.ts";
import { type Codec, wrongType } from "./codec.ts";

export interface FieldCodec extends Field {
  readonly codec: Codec;
  /** Index among the flat values of the record. */
  readonly flatAt: number;
}

/** Each field with its codec and its place among the flat values. */
export function fieldCodecs(fields: readonly Field[], codecOf: (field: Field) => Codec): FieldCodec[] {
  let flatAt = 0;
  return fields.map((field) => {
    const placed = { ...field, codec: codecOf(field), flatAt };
    flatAt += field.type.flat?.length ?? 0;
    return placed;
  });
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

/** Records: objects with camelCase properties. */
export function recordCodec(fields: readonly FieldCodec[]): Codec {
  return {
    load: (guest, at) => {
      const record: Record<string, unknown> = {};
      for (const field of fields) record[field.property] = field.codec.load(guest, at + field.offset);
      return record;
    },
    store: (guest, at, value) => {
      if (!isObject(value)) wrongType("an object", value);
      for (const field of fields) field.codec.store(guest, at + field.offset, value[field.property]);
    },
    liftFlat: (guest, flat, at) => {
      const record: Record<string, unknown> = {};
      for (const field of fields) record[field.property] = field.codec.liftFlat(guest, flat, at + field.flatAt);
      return record;
    },
    lowerFlat: (guest, value, flat) => {
      if (!isObject(value)) wrongType("an object", value);
      for (const field of fields) field.codec.lowerFlat(guest, value[field.property], flat);
    },
  };
}

/** Tuples: arrays. */
export function tupleCodec(fields: readonly FieldCodec[]): Codec {
  const elementsOf = (value: unknown): readonly unknown[] =>
    Array.isArray(value) && value.length === fields.length ? value : wrongType(`an array of ${fields.length}`, value);
  return {
    load: (guest, at) => fields.map((field) => field.codec.load(guest, at + field.offset)),
    store: (guest, at, value) => {
      const elements = elementsOf(value);
      fields.forEach((field, index) => field.codec.store(guest, at + field.offset, elements[index]));
    },
    liftFlat: (guest, flat, at) => fields.map((field) => field.codec.liftFlat(guest, flat, at + field.flatAt)),
    lowerFlat: (guest, value, flat) => {
      const elements = elementsOf(value);
      fields.forEach((field, index) => field.codec.lowerFlat(guest, elements[index], flat));
    },
  };
}
