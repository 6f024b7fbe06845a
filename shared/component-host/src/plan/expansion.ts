import type { PlanBuilder } from "./builder.ts";
import type { ImportSource } from "./imports.ts";
import type { Item } from "./items.ts";
import type { Scope } from "./scope.ts";

/** A component that is being instantiated. */
export interface Expansion {
  readonly builder: PlanBuilder;
  readonly scope: Scope;
  /** Its number among the component instances of the plan. */
  readonly instance: number;
  readonly imports: ImportSource;
  readonly exports: Map<string, Item>;
}
