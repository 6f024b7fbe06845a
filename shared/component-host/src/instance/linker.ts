import { ComponentState, type SharedState } from "../abi/component-state.ts";
import { GuestContext } from "../abi/guest-context.ts";
import { trapOf } from "../abi/host-errors.ts";
import { ResourceOwner } from "../abi/guest-resource.ts";
import { liftFunction, type LiftedCall } from "../abi/lift.ts";
import { type Callee, lowerFunction } from "../abi/lower.ts";
import { resourceFunction } from "../abi/resource-functions.ts";
import type { CompiledComponent } from "../compile.ts";
import { LinkError, Trap } from "../errors.ts";
import type { ComponentPlan, CoreInstanceRef, CoreRef, FunctionRef, LiftedFunction } from "../plan/plan.ts";
import {
  type CoreExports,
  type CoreFunction,
  type CoreInstance,
  type CoreMemory,
  isCoreFunction,
  isCoreMemory,
  webAssembly,
} from "../web-assembly.ts";

export interface LinkerLimits {
  /** Handles in the table of one component instance. */
  readonly maxHandles: number;
  /** Bytes of values that a guest may hand out in one call. */
  readonly maxLiftBytes: number;
}

/**
 * Follows a plan once: instantiates the core modules in order and makes the functions between them. Everything that is
 * not a module is made when it is first asked for.
 */
export class Linker {
  readonly states: readonly ComponentState[];
  readonly owners: (ResourceOwner | undefined)[];
  readonly instances: CoreInstance[] = [];
  readonly shared: SharedState;
  readonly #plan: ComponentPlan;
  readonly #callees: readonly Callee[];
  readonly #contexts: (GuestContext | undefined)[] = [];
  readonly #coreFunctions: unknown[] = [];
  readonly #lifted: (LiftedCall | undefined)[] = [];
  readonly #bags = new Map<number, CoreExports>();

  constructor(plan: ComponentPlan, callees: readonly Callee[], limits: LinkerLimits) {
    this.#plan = plan;
    this.#callees = callees;
    this.owners = [];
    const { maxLiftBytes } = limits;
    this.shared = {
      trapped: undefined,
      activeCalls: 0,
      calls: 0,
      isInAttempt: false,
      liftBudget: maxLiftBytes,
      liftLimit: maxLiftBytes,
      owners: this.owners,
    };
    this.states = Array.from(
      { length: plan.componentInstances },
      (_, index) => new ComponentState(index, this.shared, limits.maxHandles),
    );
    this.owners.push(...plan.resources.map((resource) => this.#makeOwner(resource)));
  }

  /** Instantiates the core modules; their start functions run. */
  run(modules: CompiledComponent["modules"]): void {
    for (const { module, args } of this.#plan.coreInstances) {
      const imports: Record<string, CoreExports> = {};
      for (const { name, instance } of args) imports[name] = this.#exportsOf(instance);
      const compiled = modules[module];
      if (compiled === undefined) throw new LinkError(`there is no core module ${module}`);
      this.instances.push(instantiateModule(compiled, imports));
    }
  }

  /** A function of the plan, to be called with its arguments as values. */
  callee(ref: FunctionRef): Callee {
    if (ref.kind === "imported") {
      const callee = this.#callees[ref.index];
      if (callee === undefined) throw new LinkError(`there is no imported function ${ref.index}`);
      return callee;
    }
    const plan = this.#liftedPlan(ref.index);
    const { maySuspend } = this.#context(plan.context).state;
    return {
      name: "a function of a component",
      suspends: maySuspend,
      isRepeatable: true,
      call: this.lifted(ref.index),
    };
  }

  /** A lifted function of the plan; made once. */
  lifted(index: number): LiftedCall {
    const plan = this.#liftedPlan(index);
    const postReturn = plan.postReturn === undefined ? undefined : this.#coreFunction(plan.postReturn);
    return (this.#lifted[index] ??= liftFunction(
      plan.type,
      this.#coreFunction(plan.core),
      postReturn,
      this.#context(plan.context),
    ));
  }

  /** Whether a lifted function answers with a promise. */
  suspends(ref: FunctionRef): boolean {
    return this.callee(ref).suspends;
  }

  #liftedPlan(index: number): LiftedFunction {
    const plan = this.#plan.liftedFunctions[index];
    if (plan === undefined) throw new LinkError(`there is no lifted function ${index}`);
    return plan;
  }

  #state(index: number): ComponentState {
    const state = this.states[index];
    if (state === undefined) throw new LinkError(`there is no component instance ${index}`);
    return state;
  }

  #makeOwner({ type, destructor }: ComponentPlan["resources"][number]): ResourceOwner | undefined {
    if (type.definedBy === undefined) return undefined;
    // looked up at the first drop: the module that exports the destructor is not instantiated yet
    const destroy = destructor === undefined ? undefined : (rep: number) => void this.#coreFunction(destructor)(rep);
    return new ResourceOwner(type, this.#state(type.definedBy), destroy);
  }

  #context(index: number): GuestContext {
    const known = this.#contexts[index];
    if (known !== undefined) return known;
    const plan = this.#plan.contexts[index];
    if (plan === undefined) throw new LinkError(`there is no canonical context ${index}`);
    const memory = plan.memory === undefined ? undefined : this.#memory(plan.memory);
    const realloc = plan.realloc === undefined ? undefined : this.#coreFunction(plan.realloc);
    const context = new GuestContext(this.#state(plan.componentInstance), plan.encoding, memory, realloc);
    this.#contexts[index] = context;
    return context;
  }

  #coreFunction(ref: CoreRef): CoreFunction {
    const item = this.#coreItem(ref);
    if (isCoreFunction(item)) return item;
    throw new LinkError(`${describe(ref)} is not a function`);
  }

  #memory(ref: CoreRef): CoreMemory {
    const item = this.#coreItem(ref);
    if (isCoreMemory(item)) return item;
    throw new LinkError(`${describe(ref)} is not a memory`);
  }

  #coreItem(ref: CoreRef): unknown {
    if (ref.kind === "canonical") return (this.#coreFunctions[ref.index] ??= this.#makeCoreFunction(ref.index));
    const exports = this.#exportsOf(ref.instance);
    if (Object.hasOwn(exports, ref.name)) return exports[ref.name];
    throw new LinkError(`${describe(ref)} does not exist`);
  }

  #makeCoreFunction(index: number): unknown {
    const plan = this.#plan.coreFunctions[index];
    if (plan === undefined) throw new LinkError(`there is no canonical function ${index}`);
    if (plan.kind !== "lower") return resourceFunction(plan.kind, plan.resource, this.#state(plan.componentInstance));
    return lowerFunction(plan.type, this.callee(plan.func), this.#context(plan.context));
  }

  #exportsOf(ref: CoreInstanceRef): CoreExports {
    if (ref.kind === "inline") return this.#bag(ref);
    const instance = this.instances[ref.index];
    if (instance === undefined) throw new LinkError(`core instance ${ref.index} is used before it exists`);
    return instance.exports;
  }

  #bag(ref: Extract<CoreInstanceRef, { kind: "inline" }>): CoreExports {
    const known = this.#bags.get(ref.index);
    if (known !== undefined) return known;
    const bag = Object.fromEntries([...ref.exports].map(([name, item]) => [name, this.#coreItem(item)]));
    this.#bags.set(ref.index, bag);
    return bag;
  }
}

function instantiateModule(module: CompiledComponent["modules"][number], imports: Record<string, CoreExports>) {
  try {
    return new webAssembly.Instance(module, imports);
  } catch (error) {
    if (isLinkError(error)) throw new LinkError(error.message, { cause: error });
    const trap = trapOf(error);
    throw trap instanceof Trap ? new Trap(`while it was instantiated: ${trap.message}`, { cause: error }) : error;
  }
}

/** What is not given at all is a TypeError of V8's. */
const isLinkError = (error: unknown): error is Error =>
  error instanceof webAssembly.LinkError ||
  (error instanceof TypeError && error.message.startsWith("WebAssembly.Instance()"));

function describe(ref: CoreRef): string {
  return ref.kind === "canonical" ? "a canonical function" : `the core export ${JSON.stringify(ref.name)}`;
}
