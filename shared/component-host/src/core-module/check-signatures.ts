/**
 * Holds core functions to the component functions that they stand for: V8 compares the types of core functions with each
 * other, and converts whatever JavaScript hands it.
 * https://github.com/WebAssembly/component-model/blob/main/design/mvp/CanonicalABI.md#flattening
 */
import { coreSignature, liftedSignature } from "../abi/core-signature.ts";
import { MalformedComponent } from "../errors.ts";
import type { CanonicalFunction, ComponentPlan, CoreInstanceRef, CoreRef, LiftedFunction } from "../plan/plan.ts";
import {
  type CoreFunctionType,
  functionTypeText,
  type ModuleFunctionTypes,
  moduleFunctionTypes,
} from "./function-types.ts";
import type { CoreSignature } from "./waiting-module.ts";

/** Throws `MalformedComponent` for a core function that has not the type which its place in the component wants. */
export function checkSignatures(plan: ComponentPlan): void {
  const check = new SignatureCheck(plan, plan.modules.map(moduleFunctionTypes));
  plan.coreInstances.forEach((_, index) => check.imports(index));
  for (const lifted of plan.liftedFunctions) check.lift(lifted);
  for (const { realloc } of plan.contexts) if (realloc !== undefined) check.ref(realloc, reallocType, "realloc");
  for (const { destructor } of plan.resources) {
    if (destructor !== undefined) check.ref(destructor, destructorType, "the destructor of a resource");
  }
}

const reallocType = functionTypeText(["i32", "i32", "i32", "i32"], ["i32"]);
const destructorType = functionTypeText(["i32"], []);

const textOf = ({ params, result }: CoreSignature): CoreFunctionType =>
  functionTypeText(params, result === undefined ? [] : [result]);

class SignatureCheck {
  readonly #plan: ComponentPlan;
  readonly #modules: readonly ModuleFunctionTypes[];

  constructor(plan: ComponentPlan, modules: readonly ModuleFunctionTypes[]) {
    this.#plan = plan;
    this.#modules = modules;
  }

  /** What a module imports from the canonical ABI; between modules V8 compares. */
  imports(instance: number): void {
    const { module, args } = this.#plan.coreInstances[instance] ?? { module: -1, args: [] };
    const given = new Map(args.map((arg) => [arg.name, arg.instance]));
    for (const { module: from, name, type } of this.#modules[module]?.imports ?? []) {
      const ref = itemOf(given.get(from), name);
      if (ref?.kind === "canonical") same(type, this.#canonicalType(ref.index), `the import ${JSON.stringify(name)}`);
    }
  }

  lift({ type, core, postReturn }: LiftedFunction): void {
    const wanted = liftedSignature(type);
    this.ref(core, textOf(wanted), "a lifted function");
    if (postReturn === undefined) return;
    this.ref(postReturn, functionTypeText(wanted.result === undefined ? [] : [wanted.result], []), "post-return");
  }

  ref(ref: CoreRef, wanted: CoreFunctionType, what: string): void {
    const type = this.#typeOf(ref);
    const name = ref.kind === "core export" ? ` (${JSON.stringify(ref.name)})` : "";
    if (type !== undefined) same(type, wanted, `${what}${name}`);
  }

  /** Undefined where there is no such function: instantiating says so. */
  #typeOf(ref: CoreRef): CoreFunctionType | undefined {
    if (ref.kind === "canonical") return this.#canonicalType(ref.index);
    const { instance, name } = ref;
    if (instance.kind === "inline") {
      const item = instance.exports.get(name);
      return item === undefined ? undefined : this.#typeOf(item);
    }
    return this.#modules[this.#plan.coreInstances[instance.index]?.module ?? -1]?.exports.get(name);
  }

  #canonicalType(index: number): CoreFunctionType | undefined {
    const canonical = this.#plan.coreFunctions[index];
    return canonical === undefined ? undefined : canonicalType(canonical);
  }
}

function canonicalType(canonical: CanonicalFunction): CoreFunctionType {
  if (canonical.kind === "lower") return textOf(coreSignature(canonical.type));
  return functionTypeText(["i32"], canonical.kind === "resource.drop" ? [] : ["i32"]);
}

function itemOf(instance: CoreInstanceRef | undefined, name: string): CoreRef | undefined {
  return instance?.kind === "inline" ? instance.exports.get(name) : undefined;
}

function same(type: CoreFunctionType, wanted: CoreFunctionType | undefined, what: string): void {
  if (wanted === undefined || type === wanted) return;
  throw new MalformedComponent(`${what} is a core function (${type}), and has to be (${wanted})`, {
    offset: 0,
    section: "core module",
  });
}
