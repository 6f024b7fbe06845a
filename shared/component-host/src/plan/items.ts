/** What stands in the index spaces while a plan is made. */
import type { Definition, Sort } from "../binary/definitions.ts";
import type { FunctionType } from "../types/value-types.ts";
import type { CoreInstanceRef, CoreRef, FunctionRef, NamedType } from "./plan.ts";
import type { Scope } from "./scope.ts";

/** A component or instance type: its declarations, and the scope that they may alias out of. */
export interface DeclaredType {
  readonly kind: "component type" | "instance type";
  readonly declarations: readonly Definition[];
  readonly scope: Scope;
}

export type TypeItem = NamedType | DeclaredType;

/** True for a type that values, functions and handles can have. */
export function isNamedType(type: TypeItem): type is NamedType {
  return type.kind !== "component type" && type.kind !== "instance type";
}

export type InstanceExports = ReadonlyMap<string, Item>;

export type Item =
  | { readonly sort: "func"; readonly func: FunctionRef; readonly type: FunctionType }
  | { readonly sort: "type"; readonly type: TypeItem }
  | { readonly sort: "instance"; readonly exports: InstanceExports }
  | { readonly sort: "component"; readonly definitions: readonly Definition[]; readonly scope: Scope }
  | { readonly sort: "core func"; readonly ref: CoreRef }
  | { readonly sort: "core table"; readonly ref: CoreRef }
  | { readonly sort: "core memory"; readonly ref: CoreRef }
  | { readonly sort: "core global"; readonly ref: CoreRef }
  | { readonly sort: "core tag"; readonly ref: CoreRef }
  | { readonly sort: "core module"; readonly module: number }
  | { readonly sort: "core type" }
  | { readonly sort: "core instance"; readonly ref: CoreInstanceRef };

/** The item of a sort. */
export type ItemOf<S extends Sort> = Extract<Item, { readonly sort: S }>;
