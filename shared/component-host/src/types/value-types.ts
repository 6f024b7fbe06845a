import type { PrimitiveKind } from "../binary/definitions.ts";
import type { Layout } from "./layout.ts";

/** A resource type: its identity is the object. */
export interface ResourceType {
  readonly kind: "resource";
  /** Index among the plan's resource types. */
  readonly id: number;
  readonly name: string;
  /** The component instance (of the plan) that defines it; undefined for one that the host brings. */
  readonly definedBy: number | undefined;
}

export interface Field {
  /** As WIT spells it. */
  readonly name: string;
  /** The property of the JavaScript object. */
  readonly property: string;
  readonly type: ValueType;
  /** Bytes from the start of the record. */
  readonly offset: number;
}

export interface Case {
  readonly name: string;
  readonly type: ValueType | undefined;
}

export type IntegerKind = "s8" | "u8" | "s16" | "u16" | "s32" | "u32" | "s64" | "u64";

/** A value type with its layout in linear memory. Resolved: no indices, no aliases. */
export type ValueType =
  | PrimitiveType
  | RecordType
  | TupleType
  | VariantType
  | EnumType
  | OptionType
  | ResultType
  | ListType
  | FlagsType
  | HandleType;

export interface PrimitiveType extends Layout {
  readonly kind: PrimitiveKind;
}
export interface RecordType extends Layout {
  readonly kind: "record";
  readonly fields: readonly Field[];
}
export interface TupleType extends Layout {
  readonly kind: "tuple";
  readonly fields: readonly Field[];
}
/** What variant, enum, option and result have in common in memory. */
export interface VariantLayout extends Layout {
  readonly cases: readonly Case[];
  readonly discriminantSize: 1 | 2 | 4;
  /** Bytes from the start to the payload. */
  readonly payloadOffset: number;
}
export interface VariantType extends VariantLayout {
  readonly kind: "variant";
}
export interface EnumType extends VariantLayout {
  readonly kind: "enum";
}
export interface OptionType extends VariantLayout {
  readonly kind: "option";
  readonly some: ValueType;
}
export interface ResultType extends VariantLayout {
  readonly kind: "result";
  readonly ok: ValueType | undefined;
  readonly err: ValueType | undefined;
}
export interface ListType extends Layout {
  readonly kind: "list";
  readonly element: ValueType;
}
export interface FlagsType extends Layout {
  readonly kind: "flags";
  readonly labels: readonly string[];
}
export interface HandleType extends Layout {
  readonly kind: "own" | "borrow";
  readonly resource: ResourceType;
}

export interface Param {
  readonly name: string;
  readonly type: ValueType;
}

export interface FunctionType {
  readonly kind: "func";
  readonly params: readonly Param[];
  readonly result: ValueType | undefined;
}
