/**
 * What instantiating a component takes, worked out once: nested components are expanded where they are instantiated,
 * every index and alias is resolved, every type has its layout. Instantiation then follows references and decides nothing.
 */
import type { StringEncoding } from "../binary/definitions.ts";
import type { FunctionType, ResourceType, ValueType } from "../types/value-types.ts";

/** A core function, memory, table or global. */
export type CoreRef =
  | { readonly kind: "core export"; readonly instance: CoreInstanceRef; readonly name: string }
  /** Index into {@link ComponentPlan.coreFunctions}. */
  | { readonly kind: "canonical"; readonly index: number };

/** A core instance: one that a module was instantiated to, or a bag of items. */
export type CoreInstanceRef =
  /** Index into {@link ComponentPlan.coreInstances}. */
  | { readonly kind: "instantiated"; readonly index: number }
  /** `index` tells bags apart: each is made once. */
  | { readonly kind: "inline"; readonly index: number; readonly exports: ReadonlyMap<string, CoreRef> };

export interface CoreInstancePlan {
  /** Index into {@link ComponentPlan.modules}. */
  readonly module: number;
  readonly args: readonly { readonly name: string; readonly instance: CoreInstanceRef }[];
}

/** A component function: the host's, or one lifted from a core function. Indices into the plan. */
export type FunctionRef =
  | { readonly kind: "imported"; readonly index: number }
  | { readonly kind: "lifted"; readonly index: number };

export interface ImportedFunction {
  /** The import of the root component it belongs to. */
  readonly importName: string;
  /** Its name in the imported instance; undefined where the function itself is the import. */
  readonly name: string | undefined;
  readonly type: FunctionType;
}

export interface LiftedFunction {
  readonly type: FunctionType;
  readonly core: CoreRef;
  readonly postReturn: CoreRef | undefined;
  /** Index into {@link ComponentPlan.contexts}. */
  readonly context: number;
}

/** Where values are lifted from and lowered to: a component instance with the options of a canonical definition. */
export interface ContextPlan {
  readonly componentInstance: number;
  readonly encoding: StringEncoding;
  readonly memory: CoreRef | undefined;
  readonly realloc: CoreRef | undefined;
}

/** A core function that the canonical ABI makes. */
export type CanonicalFunction =
  | { readonly kind: "lower"; readonly func: FunctionRef; readonly type: FunctionType; readonly context: number }
  | {
      readonly kind: "resource.new" | "resource.drop" | "resource.rep";
      readonly resource: ResourceType;
      readonly componentInstance: number;
    };

/** An import or an export of the world. */
export type WorldItem =
  | { readonly kind: "func"; readonly name: string; readonly type: FunctionType; readonly func: FunctionRef }
  | { readonly kind: "type"; readonly name: string; readonly type: NamedType }
  | { readonly kind: "instance"; readonly name: string; readonly items: readonly WorldItem[] };

export type NamedType = ValueType | FunctionType | ResourceType;

export interface ResourcePlan {
  readonly type: ResourceType;
  readonly destructor: CoreRef | undefined;
}

export interface ComponentPlan {
  readonly imports: readonly WorldItem[];
  readonly exports: readonly WorldItem[];
  /** Core modules, as their bytes. */
  readonly modules: readonly Uint8Array[];
  /** In the order in which they have to be instantiated. */
  readonly coreInstances: readonly CoreInstancePlan[];
  readonly coreFunctions: readonly CanonicalFunction[];
  readonly importedFunctions: readonly ImportedFunction[];
  readonly liftedFunctions: readonly LiftedFunction[];
  readonly contexts: readonly ContextPlan[];
  readonly resources: readonly ResourcePlan[];
  /** How many component instances there are; 0 is the root. */
  readonly componentInstances: number;
}
