/**
 * A component as its binary spells it: definitions in order, indices unresolved.
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/Binary.md
 */

/** An index space. */
export type Sort =
  | "func"
  | "value"
  | "type"
  | "component"
  | "instance"
  | "core func"
  | "core table"
  | "core memory"
  | "core global"
  | "core tag"
  | "core type"
  | "core module"
  | "core instance";

export interface SortIndex {
  readonly sort: Sort;
  readonly index: number;
}

export interface Named<T> {
  readonly name: string;
  readonly value: T;
}

export type PrimitiveKind =
  | "bool"
  | "s8"
  | "u8"
  | "s16"
  | "u16"
  | "s32"
  | "u32"
  | "s64"
  | "u64"
  | "f32"
  | "f64"
  | "char"
  | "string";

/** A value type where it is used: a primitive, or an index into the type space. */
export type ValueTypeRef = PrimitiveKind | number;

/** What a `type` definition says. */
export type TypeSyntax =
  | { readonly kind: "primitive"; readonly primitive: PrimitiveKind }
  | { readonly kind: "record"; readonly fields: readonly Named<ValueTypeRef>[] }
  | { readonly kind: "variant"; readonly cases: readonly Named<ValueTypeRef | undefined>[] }
  | { readonly kind: "list"; readonly element: ValueTypeRef }
  | { readonly kind: "tuple"; readonly elements: readonly ValueTypeRef[] }
  | { readonly kind: "flags"; readonly labels: readonly string[] }
  | { readonly kind: "enum"; readonly labels: readonly string[] }
  | { readonly kind: "option"; readonly some: ValueTypeRef }
  | { readonly kind: "result"; readonly ok: ValueTypeRef | undefined; readonly err: ValueTypeRef | undefined }
  | { readonly kind: "own"; readonly resource: number }
  | { readonly kind: "borrow"; readonly resource: number }
  | {
      readonly kind: "func";
      readonly params: readonly Named<ValueTypeRef>[];
      readonly result: ValueTypeRef | undefined;
    }
  | { readonly kind: "component" | "instance"; readonly declarations: readonly Definition[] }
  | { readonly kind: "resource"; readonly destructor: number | undefined };

/** What an import or an export is, as far as it is declared. */
export type ExternType =
  | { readonly sort: "core module"; readonly type: number }
  | { readonly sort: "func" | "component" | "instance"; readonly type: number }
  | { readonly sort: "type"; readonly equals: number | undefined };

export type StringEncoding = "utf8" | "utf16" | "latin1+utf16";

/** The options of `canon lift` and `canon lower`, as indices of core items. */
export interface CanonOptions {
  readonly encoding: StringEncoding;
  readonly memory: number | undefined;
  readonly realloc: number | undefined;
  readonly postReturn: number | undefined;
}

/** Where an alias points. */
export type AliasTarget =
  | { readonly kind: "export" | "core export"; readonly instance: number; readonly name: string }
  | { readonly kind: "outer"; readonly count: number; readonly index: number };

export type DefinitionBody =
  | { readonly kind: "core module"; readonly bytes: Uint8Array }
  | { readonly kind: "core instantiate"; readonly module: number; readonly args: readonly Named<number>[] }
  | { readonly kind: "core inline exports"; readonly exports: readonly Named<SortIndex>[] }
  | { readonly kind: "core type"; readonly isModule: boolean }
  | { readonly kind: "component"; readonly definitions: readonly Definition[] }
  | { readonly kind: "instantiate"; readonly component: number; readonly args: readonly Named<SortIndex>[] }
  | { readonly kind: "inline exports"; readonly exports: readonly Named<SortIndex>[] }
  | { readonly kind: "alias"; readonly sort: Sort; readonly target: AliasTarget }
  | { readonly kind: "type"; readonly type: TypeSyntax }
  | { readonly kind: "lift"; readonly func: number; readonly options: CanonOptions; readonly type: number }
  | { readonly kind: "lower"; readonly func: number; readonly options: CanonOptions }
  | { readonly kind: "resource.new" | "resource.drop" | "resource.rep"; readonly type: number }
  | { readonly kind: "import"; readonly name: string; readonly type: ExternType }
  /** `index` is absent in the declarators of component and instance types. */
  | {
      readonly kind: "export";
      readonly name: string;
      readonly sort: Sort;
      readonly index: number | undefined;
      readonly type: ExternType | undefined;
    };

/** One definition and where it stands in the binary. */
export type Definition = DefinitionBody & { readonly offset: number };
