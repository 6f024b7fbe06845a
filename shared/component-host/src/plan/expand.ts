import type { Definition, DefinitionBody, Named, SortIndex } from "../binary/definitions.ts";
import { addAlias } from "./aliases.ts";
import type { PlanBuilder } from "./builder.ts";
import { addLift, addLower, addResourceFunction } from "./canonical.ts";
import { checkExternName } from "./extern-names.ts";
import type { Expansion } from "./expansion.ts";
import { argumentImports, type ImportSource } from "./imports.ts";
import type { InstanceExports, Item } from "./items.ts";
import type { CoreRef } from "./plan.ts";
import { malformed, type Scope } from "./scope.ts";
import { resolveType } from "./types.ts";

/** Adds to the plan what instantiating these definitions takes; answers with the exports. */
export function expandComponent(
  builder: PlanBuilder,
  definitions: readonly Definition[],
  scope: Scope,
  imports: ImportSource,
): InstanceExports {
  return builder.componentInstance((instance) => {
    const expansion: Expansion = { builder, scope, imports, instance, exports: new Map() };
    for (const definition of definitions) {
      builder.count();
      expand(expansion, definition);
    }
    return expansion.exports;
  });
}

function expand(expansion: Expansion, definition: Definition): void {
  const { builder, scope } = expansion;
  const { offset } = definition;
  switch (definition.kind) {
    case "core module":
      return scope.add({ sort: "core module", module: builder.addModule(definition, definition.bytes) });
    case "core type":
      return scope.add({ sort: "core type" });
    case "core instantiate":
      return expandCoreInstance(expansion, definition, offset);
    case "core inline exports":
      return expandCoreInline(expansion, definition.exports, offset);
    case "component":
      return scope.add({ sort: "component", definitions: definition.definitions, scope });
    case "instantiate":
      return expandInstance(expansion, definition, offset);
    case "inline exports":
      return scope.add({ sort: "instance", exports: collect(scope, definition.exports, offset) });
    case "alias":
      return addAlias(scope, definition.sort, definition.target, offset);
    case "type":
      return scope.add({ sort: "type", type: resolveType(expansion, definition.type, offset) });
    case "lift":
      return addLift(expansion, definition, offset);
    case "lower":
      return addLower(expansion, definition, offset);
    case "resource.new":
    case "resource.drop":
    case "resource.rep":
      return addResourceFunction(expansion, definition.kind, definition.type, offset);
    case "import":
      checkExternName(definition.name, offset);
      return scope.add(expansion.imports(definition.name, definition.type, scope, offset));
    case "export":
      return expandExport(expansion, definition, offset);
  }
}

type Body<K extends DefinitionBody["kind"]> = Extract<DefinitionBody, { readonly kind: K }>;

function expandCoreInstance({ builder, scope }: Expansion, body: Body<"core instantiate">, offset: number): void {
  const { module } = scope.at("core module", body.module, offset);
  const args = body.args.map(({ name, value }) => ({ name, instance: scope.at("core instance", value, offset).ref }));
  scope.add({ sort: "core instance", ref: builder.addCoreInstance({ module, args }) });
}

function expandCoreInline({ builder, scope }: Expansion, exports: readonly Named<SortIndex>[], offset: number): void {
  const refs = new Map<string, CoreRef>();
  for (const { name, value } of exports) {
    const item = scope.get(value.sort, value.index, offset);
    if (!("ref" in item) || item.sort === "core instance") {
      throw malformed(`a ${item.sort} can not be an export of a core instance`, offset);
    }
    refs.set(name, item.ref);
  }
  scope.add({ sort: "core instance", ref: builder.addInlineInstance(refs) });
}

function expandInstance({ builder, scope }: Expansion, body: Body<"instantiate">, offset: number): void {
  const component = scope.at("component", body.component, offset);
  const args = collect(scope, body.args, offset);
  const inner = component.scope.child();
  const exports = expandComponent(builder, component.definitions, inner, argumentImports(builder, args));
  scope.add({ sort: "instance", exports });
}

function expandExport({ builder, scope, exports }: Expansion, body: Body<"export">, offset: number): void {
  checkExternName(body.name, offset);
  if (body.index === undefined) throw malformed("an export without an index", offset);
  if (exports.has(body.name)) throw malformed(`${JSON.stringify(body.name)} is exported twice`, offset);
  const item = scope.get(body.sort, body.index, offset);
  if (item.sort === "type" && item.type.kind === "resource") builder.nameResource(item.type, body.name);
  exports.set(body.name, item);
  scope.add(item);
}

function collect(scope: Scope, named: readonly Named<SortIndex>[], offset: number): Map<string, Item> {
  const items = new Map<string, Item>();
  for (const { name, value } of named) {
    if (items.has(name)) throw malformed(`${JSON.stringify(name)} is given twice`, offset);
    items.set(name, scope.get(value.sort, value.index, offset));
  }
  return items;
}
