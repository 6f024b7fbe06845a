import { readComponent } from "../binary/component.ts";
import { defaultParseLimits, type ParseLimits } from "../limits.ts";
import { PlanBuilder } from "./builder.ts";
import { expandComponent } from "./expand.ts";
import { rootImports } from "./imports.ts";
import type { ComponentPlan, WorldItem } from "./plan.ts";
import { Scope } from "./scope.ts";
import { worldItems } from "./world-items.ts";

/**
 * Reads a component's binary and works out how to instantiate it.
 * Throws `MalformedComponent` (with offset and section) for bytes that are no valid component, `UnsupportedComponent`
 * for one beyond WASI 0.2's synchronous ABI or beyond a limit.
 */
export function parseComponent(bytes: Uint8Array, limits: Partial<ParseLimits> = {}): ComponentPlan {
  const all = { ...defaultParseLimits, ...limits };
  const definitions = readComponent(bytes, all);
  const builder = new PlanBuilder(all);
  const imports: WorldItem[] = [];
  const scope = new Scope(undefined);
  const exports = expandComponent(builder, definitions, scope, rootImports(builder, imports));
  return {
    imports,
    exports: worldItems(exports),
    modules: builder.modules,
    coreInstances: builder.coreInstances,
    coreFunctions: builder.coreFunctions,
    importedFunctions: builder.importedFunctions,
    liftedFunctions: builder.liftedFunctions,
    contexts: builder.contexts,
    resources: builder.resources,
    componentInstances: builder.componentInstances,
  };
}
