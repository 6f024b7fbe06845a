import type { AliasTarget, Sort } from "../binary/definitions.ts";
import type { Item } from "./items.ts";
import type { CoreRef } from "./plan.ts";
import { malformed, type Scope } from "./scope.ts";

/** Adds to the scope what an alias stands for. */
export function addAlias(scope: Scope, sort: Sort, target: AliasTarget, offset: number): void {
  switch (target.kind) {
    case "export":
      return scope.add(exportedItem(scope, sort, target.instance, target.name, offset));
    case "core export": {
      const { ref } = scope.at("core instance", target.instance, offset);
      return scope.add(coreExport(sort, { kind: "core export", instance: ref, name: target.name }, offset));
    }
    case "outer":
      if (sort !== "type" && sort !== "component" && sort !== "core module" && sort !== "core type") {
        throw malformed(`an outer alias can not be of a ${sort}`, offset);
      }
      return scope.add(scope.outer(target.count, offset).get(sort, target.index, offset));
  }
}

function exportedItem(scope: Scope, sort: Sort, instance: number, name: string, offset: number): Item {
  const item = scope.at("instance", instance, offset).exports.get(name);
  if (item === undefined) throw malformed(`instance ${instance} has no export ${JSON.stringify(name)}`, offset);
  if (item.sort !== sort)
    throw malformed(`the export ${JSON.stringify(name)} is a ${item.sort}, not a ${sort}`, offset);
  return item;
}

function coreExport(sort: Sort, ref: CoreRef, offset: number): Item {
  switch (sort) {
    case "core func":
    case "core table":
    case "core memory":
    case "core global":
    case "core tag":
      return { sort, ref };
    default:
      throw malformed(`a core instance does not export a ${sort}`, offset);
  }
}
