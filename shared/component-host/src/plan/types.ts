import type { TypeSyntax } from "../binary/definitions.ts";
import type { Expansion } from "./expansion.ts";
import type { TypeItem } from "./items.ts";
import { malformed, type Scope } from "./scope.ts";
import { resolveFunctionType, resolveValueType } from "./value-types.ts";

/** What a type definition in a component means. */
export function resolveType(expansion: Expansion, syntax: TypeSyntax, offset: number): TypeItem {
  if (syntax.kind !== "resource") {
    return resolveDeclaredType(syntax, expansion.scope, offset, expansion.builder.limits.maxTypeDepth);
  }
  const destructor =
    syntax.destructor === undefined ? undefined : expansion.scope.at("core func", syntax.destructor, offset).ref;
  return expansion.builder.addResource(undefined, expansion.instance, destructor);
}

/** What a type definition means where no resource can be defined: in component and instance types. */
export function resolveDeclaredType(syntax: TypeSyntax, scope: Scope, offset: number, maxTypeDepth: number): TypeItem {
  const place = { scope, offset, maxTypeDepth };
  switch (syntax.kind) {
    case "component":
      return { kind: "component type", declarations: syntax.declarations, scope };
    case "instance":
      return { kind: "instance type", declarations: syntax.declarations, scope };
    case "func":
      return resolveFunctionType(syntax, place);
    case "resource":
      throw malformed("a resource can not be defined in a component or instance type", offset);
    default:
      return resolveValueType(syntax, place);
  }
}
