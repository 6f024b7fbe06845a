/**
 * Size, alignment and flattening of types:
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#alignment
 */
import type { Case, Field, ValueType, VariantLayout } from "./value-types.ts";

/** A core value type that a component value is flattened into. */
export type FlatType = "i32" | "i64" | "f32" | "f64";

/** Flattened parameters beyond this number go through memory. */
export const maxFlatParams = 16;

/** Types that could never stand in a memory are refused; it also keeps sizes exact. */
export const maxTypeSize = 2 ** 31;

export interface Layout {
  /** Bytes in linear memory. */
  readonly size: number;
  readonly align: 1 | 2 | 4 | 8;
  /** Core values; undefined when there are more than {@link maxFlatParams}, which is never asked for. */
  readonly flat: readonly FlatType[] | undefined;
  /** How deep types contain each other, 1 for a primitive. */
  readonly depth: number;
  /** A borrowed handle is among its values: whoever is called has to give it back. */
  readonly hasBorrow: boolean;
  /** A string or list is among its values: reading it takes a memory, writing it takes `realloc`. */
  readonly hasPointer: boolean;
}

export function alignTo(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}

/** Flat types one after the other, or undefined when they are too many. */
export function concatFlat(parts: readonly Layout[]): readonly FlatType[] | undefined {
  const flat: FlatType[] = [];
  for (const part of parts) {
    if (part.flat === undefined) return undefined;
    flat.push(...part.flat);
    if (flat.length > maxFlatParams) return undefined;
  }
  return flat;
}

const alignOf = (parts: readonly Layout[]) =>
  parts.reduce<Layout["align"]>((align, part) => (part.align > align ? part.align : align), 1);
const containsOf = (parts: readonly Layout[]) => ({
  depth: 1 + parts.reduce((depth, part) => Math.max(depth, part.depth), 0),
  hasBorrow: parts.some((part) => part.hasBorrow),
  hasPointer: parts.some((part) => part.hasPointer),
});

/** Fields at their offsets, and the layout of the whole. */
export function layoutFields(
  members: readonly { readonly name: string; readonly property: string; readonly type: ValueType }[],
): Layout & { readonly fields: readonly Field[] } {
  const types = members.map((member) => member.type);
  const align = alignOf(types);
  let end = 0;
  const fields = members.map((member) => {
    const offset = alignTo(end, member.type.align);
    end = offset + member.type.size;
    return { ...member, offset };
  });
  return {
    fields,
    size: alignTo(end, align),
    align,
    flat: concatFlat(types),
    ...containsOf(types),
  };
}

/** A discriminant and room for the largest case. */
export function layoutCases(cases: readonly Case[]): VariantLayout {
  const discriminantSize = cases.length <= 0x100 ? 1 : cases.length <= 0x10000 ? 2 : 4;
  const payloads = cases.flatMap((one) => (one.type === undefined ? [] : [one.type]));
  const payloadAlign = alignOf(payloads);
  const align = payloadAlign > discriminantSize ? payloadAlign : discriminantSize;
  const payloadOffset = alignTo(discriminantSize, payloadAlign);
  const payloadSize = payloads.reduce((size, payload) => Math.max(size, payload.size), 0);
  return {
    cases,
    discriminantSize,
    payloadOffset,
    size: alignTo(payloadOffset + payloadSize, align),
    align,
    flat: flattenCases(payloads),
    ...containsOf(payloads),
  };
}

function flattenCases(payloads: readonly ValueType[]): readonly FlatType[] | undefined {
  const joined: FlatType[] = [];
  for (const payload of payloads) {
    if (payload.flat === undefined) return undefined;
    payload.flat.forEach((type, index) => {
      const other = joined[index];
      joined[index] = other === undefined ? type : joinFlat(other, type);
    });
  }
  return joined.length < maxFlatParams ? ["i32", ...joined] : undefined;
}

/** The smallest core type that can hold either. */
function joinFlat(a: FlatType, b: FlatType): FlatType {
  if (a === b) return a;
  return (a === "i32" && b === "f32") || (a === "f32" && b === "i32") ? "i32" : "i64";
}
