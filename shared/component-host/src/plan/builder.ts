import type { Definition } from "../binary/definitions.ts";
import { UnsupportedComponent } from "../errors.ts";
import type { ParseLimits } from "../limits.ts";
import type { FunctionType, ResourceType } from "../types/value-types.ts";
import type {
  CanonicalFunction,
  ContextPlan,
  CoreInstancePlan,
  CoreInstanceRef,
  CoreRef,
  FunctionRef,
  ImportedFunction,
  LiftedFunction,
  ResourcePlan,
} from "./plan.ts";
import { TypeComparison } from "./same-type.ts";

/** The tables of the plan while it grows. */
export class PlanBuilder {
  readonly limits: ParseLimits;
  readonly types = new TypeComparison();
  readonly modules: Uint8Array[] = [];
  readonly coreInstances: CoreInstancePlan[] = [];
  readonly coreFunctions: CanonicalFunction[] = [];
  readonly importedFunctions: ImportedFunction[] = [];
  readonly liftedFunctions: LiftedFunction[] = [];
  readonly contexts: ContextPlan[] = [];
  readonly resources: ResourcePlan[] = [];
  componentInstances = 0;
  readonly #moduleOf = new Map<Definition, number>();
  readonly #unnamed = new Map<ResourceType, { name: string }>();
  readonly #contextOf = new Map<string, number>();
  readonly #refNumbers = new Map<CoreRef, number>();
  #definitions = 0;
  #depth = 0;
  #bags = 0;

  constructor(limits: ParseLimits) {
    this.limits = limits;
  }

  /** Counts one expanded definition; a component that instantiates itself many times over runs into the limit. */
  count(): void {
    this.#definitions += 1;
    if (this.#definitions > this.limits.maxExpandedDefinitions) {
      throw new UnsupportedComponent(
        `the component expands to more than ${this.limits.maxExpandedDefinitions} definitions`,
      );
    }
  }

  /** Runs `expand` for one more component instance, inside those under way: a component given to itself ends here. */
  componentInstance<T>(expand: (index: number) => T): T {
    if (this.#depth > this.limits.maxDepth) {
      throw new UnsupportedComponent(`components instantiate each other deeper than ${this.limits.maxDepth}`);
    }
    this.#depth += 1;
    this.componentInstances += 1;
    const result = expand(this.componentInstances - 1);
    this.#depth -= 1;
    return result;
  }

  /** A module that is defined once has one index, however often its component is instantiated. */
  addModule(definition: Definition, bytes: Uint8Array): number {
    const known = this.#moduleOf.get(definition);
    if (known !== undefined) return known;
    if (this.modules.length >= this.limits.maxCoreInstances) {
      throw new UnsupportedComponent(`the component has more than ${this.limits.maxCoreInstances} core modules`);
    }
    this.#moduleOf.set(definition, this.modules.length);
    return this.modules.push(bytes) - 1;
  }

  addCoreInstance(plan: CoreInstancePlan): CoreInstanceRef {
    if (this.coreInstances.length >= this.limits.maxCoreInstances) {
      throw new UnsupportedComponent(
        `the component has more than ${this.limits.maxCoreInstances} instances of core modules`,
      );
    }
    return { kind: "instantiated", index: this.coreInstances.push(plan) - 1 };
  }

  addInlineInstance(exports: ReadonlyMap<string, CoreRef>): CoreInstanceRef {
    this.#bags += 1;
    return { kind: "inline", index: this.#bags - 1, exports };
  }

  addCoreFunction(func: CanonicalFunction): CoreRef {
    return { kind: "canonical", index: this.coreFunctions.push(func) - 1 };
  }

  addImportedFunction(importName: string, name: string | undefined, type: FunctionType): FunctionRef {
    return { kind: "imported", index: this.importedFunctions.push({ importName, name, type }) - 1 };
  }

  addLiftedFunction(func: LiftedFunction): FunctionRef {
    return { kind: "lifted", index: this.liftedFunctions.push(func) - 1 };
  }

  addContext(context: ContextPlan): number {
    const { componentInstance, encoding, memory, realloc } = context;
    const key = `${componentInstance} ${encoding} ${this.#refNumber(memory)} ${this.#refNumber(realloc)}`;
    const known = this.#contextOf.get(key);
    if (known !== undefined) return known;
    this.#contextOf.set(key, this.contexts.length);
    return this.contexts.push(context) - 1;
  }

  addResource(name: string | undefined, definedBy: number | undefined, destructor?: CoreRef): ResourceType {
    const type = { kind: "resource" as const, id: this.resources.length, name: name ?? "resource", definedBy };
    if (name === undefined) this.#unnamed.set(type, type);
    this.resources.push({ type, destructor });
    return type;
  }

  /** A resource that a component defines has the name under which it is first exported. */
  nameResource(type: ResourceType, name: string): void {
    const unnamed = this.#unnamed.get(type);
    if (unnamed === undefined) return;
    unnamed.name = name;
    this.#unnamed.delete(type);
  }

  /** Core items are told apart by the definition that they come from. */
  #refNumber(ref: CoreRef | undefined): number {
    if (ref === undefined) return -1;
    const known = this.#refNumbers.get(ref);
    if (known !== undefined) return known;
    this.#refNumbers.set(ref, this.#refNumbers.size);
    return this.#refNumbers.size - 1;
  }
}
