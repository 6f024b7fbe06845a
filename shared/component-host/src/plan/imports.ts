import type { Definition, ExternType } from "../binary/definitions.ts";
import { UnsupportedComponent } from "../errors.ts";
import { addAlias } from "./aliases.ts";
import type { PlanBuilder } from "./builder.ts";
import { checkExternName } from "./extern-names.ts";
import { type InstanceExports, isNamedType, type Item } from "./items.ts";
import { worldItems } from "./world-items.ts";
import type { WorldItem } from "./plan.ts";
import { malformed, type Scope } from "./scope.ts";
import { resolveDeclaredType } from "./types.ts";

/** Answers what an import of a component is, given how it is declared. */
export type ImportSource = (name: string, type: ExternType, scope: Scope, offset: number) => Item;

/** The imports of the root component: the host will bring them. They are noted in `imports`. */
export function rootImports(builder: PlanBuilder, imports: WorldItem[]): ImportSource {
  const names = new Set<string>();
  return (name, type, scope, offset) => {
    if (names.has(name)) throw malformed(`${name} is imported twice`, offset);
    names.add(name);
    const item = fresh({ builder, importName: name, inInstance: false }, name, type, scope, offset);
    imports.push(...worldItems(new Map([[name, item]])));
    return item;
  };
}

/** The imports of a nested component: arguments, which have to be what is declared. */
export function argumentImports(builder: PlanBuilder, args: InstanceExports): ImportSource {
  return (name, type, scope, offset) => matching(builder, args, name, type, scope, offset);
}

interface HostImport {
  readonly builder: PlanBuilder;
  /** The import of the root component. */
  readonly importName: string;
  readonly inInstance: boolean;
}

function fresh(host: HostImport, name: string, type: ExternType, scope: Scope, offset: number): Item {
  const { builder, importName, inInstance } = host;
  switch (type.sort) {
    case "func": {
      const functionType = functionTypeAt(scope, type.type, offset);
      const func = builder.addImportedFunction(importName, inInstance ? name : undefined, functionType);
      return { sort: "func", type: functionType, func };
    }
    case "type":
      if (type.equals !== undefined) return scope.at("type", type.equals, offset);
      return { sort: "type", type: builder.addResource(name, undefined) };
    case "instance": {
      if (inInstance) throw new UnsupportedComponent(`the import ${importName} contains an instance`);
      const source: ImportSource = (...declared) => fresh({ builder, importName, inInstance: true }, ...declared);
      return { sort: "instance", exports: evaluateInstanceType(builder, scope, type.type, source, offset) };
    }
    default:
      throw new UnsupportedComponent(`the component imports the ${type.sort} ${JSON.stringify(name)} from the host`);
  }
}

function matching(
  builder: PlanBuilder,
  given: InstanceExports,
  name: string,
  type: ExternType,
  scope: Scope,
  offset: number,
): Item {
  const item = given.get(name);
  if (item === undefined) throw malformed(`nothing is given for the import ${JSON.stringify(name)}`, offset);
  const matches = item.sort === type.sort && itemMatches(builder, item, type, scope, offset);
  if (!matches) throw malformed(`what is given for ${JSON.stringify(name)} has another type than declared`, offset);
  return item;
}

function itemMatches(builder: PlanBuilder, item: Item, type: ExternType, scope: Scope, offset: number): boolean {
  if (item.sort === "func" && type.sort === "func") {
    return builder.types.functions(item.type, functionTypeAt(scope, type.type, offset));
  }
  if (item.sort === "type" && type.sort === "type") {
    if (type.equals === undefined) return item.type.kind === "resource";
    const declared = scope.at("type", type.equals, offset).type;
    if (!isNamedType(declared) || !isNamedType(item.type)) return declared === item.type;
    return builder.types.named(item.type, declared);
  }
  if (item.sort === "instance" && type.sort === "instance") {
    evaluateInstanceType(builder, scope, type.type, argumentImports(builder, item.exports), offset);
  }
  // modules and components are taken as they are: what they import and export is checked where they are instantiated
  return true;
}

function functionTypeAt(scope: Scope, index: number, offset: number) {
  const { type } = scope.at("type", index, offset);
  if (type.kind !== "func") throw malformed(`type ${index} is a ${type.kind}, not a function type`, offset);
  return type;
}

/** Walks the declarations of an instance type; `source` says what each declared export is. */
function evaluateInstanceType(
  builder: PlanBuilder,
  scope: Scope,
  index: number,
  source: ImportSource,
  offset: number,
): Map<string, Item> {
  const { type } = scope.at("type", index, offset);
  if (type.kind !== "instance type") throw malformed(`type ${index} is a ${type.kind}, not an instance type`, offset);
  const inner = type.scope.child();
  const exports = new Map<string, Item>();
  for (const declaration of type.declarations) {
    builder.count();
    declare(builder, declaration, inner, source, exports);
  }
  return exports;
}

function declare(
  builder: PlanBuilder,
  declaration: Definition,
  scope: Scope,
  source: ImportSource,
  exports: Map<string, Item>,
): void {
  const { offset } = declaration;
  switch (declaration.kind) {
    case "core type":
      return scope.add({ sort: "core type" });
    case "type": {
      const type = resolveDeclaredType(declaration.type, scope, offset, builder.limits.maxTypeDepth);
      return scope.add({ sort: "type", type });
    }
    case "alias":
      return addAlias(scope, declaration.sort, declaration.target, offset);
    case "export": {
      checkExternName(declaration.name, offset);
      if (declaration.type === undefined) throw malformed("an export without a type", offset);
      if (exports.has(declaration.name)) throw malformed(`${declaration.name} is exported twice`, offset);
      const item = source(declaration.name, declaration.type, scope, offset);
      exports.set(declaration.name, item);
      return scope.add(item);
    }
    default:
      throw malformed(`${declaration.kind} in an instance type`, offset);
  }
}
