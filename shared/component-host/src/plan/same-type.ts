import type { Layout } from "../types/layout.ts";
import type { Case, Field, FunctionType, ValueType } from "../types/value-types.ts";
import type { NamedType } from "./plan.ts";

/**
 * Compares types by structure; resource types by identity. Remembers pairs that were found equal: types share their
 * parts, and a tree walk over them could take for ever.
 */
export class TypeComparison {
  readonly #same = new WeakMap<Layout, WeakSet<Layout>>();

  named(a: NamedType, b: NamedType): boolean {
    if (a.kind === "resource" || b.kind === "resource") return a === b;
    if (a.kind === "func" || b.kind === "func") return a.kind === "func" && b.kind === "func" && this.functions(a, b);
    return this.values(a, b);
  }

  functions(a: FunctionType, b: FunctionType): boolean {
    return (
      a.params.length === b.params.length &&
      a.params.every((param, index) => this.#optional(param.type, b.params[index]?.type)) &&
      this.#optional(a.result, b.result)
    );
  }

  values(a: ValueType, b: ValueType): boolean {
    if (a === b || this.#same.get(a)?.has(b) === true) return true;
    if (!this.#structure(a, b)) return false;
    const known = this.#same.get(a);
    if (known === undefined) this.#same.set(a, new WeakSet([b]));
    else known.add(b);
    return true;
  }

  #optional(a: ValueType | undefined, b: ValueType | undefined): boolean {
    return a === undefined || b === undefined ? a === b : this.values(a, b);
  }

  #structure(a: ValueType, b: ValueType): boolean {
    if ("fields" in a) return a.kind === b.kind && "fields" in b && this.#members(a.fields, b.fields);
    if ("cases" in a) return a.kind === b.kind && "cases" in b && this.#members(a.cases, b.cases);
    if ("resource" in a) return a.kind === b.kind && "resource" in b && a.resource === b.resource;
    if (a.kind === "list") return b.kind === "list" && this.values(a.element, b.element);
    if (a.kind === "flags") return b.kind === "flags" && a.labels.join() === b.labels.join();
    return a.kind === b.kind;
  }

  #members(a: readonly (Field | Case)[], b: readonly (Field | Case)[]): boolean {
    return (
      a.length === b.length &&
      a.every((member, index) => member.name === b[index]?.name && this.#optional(member.type, b[index].type))
    );
  }
}
