import { isKebabCase } from "./extern-names.ts";
import type { Named, TypeSyntax, ValueTypeRef } from "../binary/definitions.ts";
import { UnsupportedComponent } from "../errors.ts";
import { maxTypeSize } from "../types/layout.ts";
import {
  enumType,
  flagsType,
  handleType,
  listType,
  optionType,
  primitiveTypes,
  recordType,
  resultType,
  tupleType,
  variantType,
} from "../types/make-types.ts";
import type { FunctionType, ResourceType, ValueType } from "../types/value-types.ts";
import { malformed, type Scope } from "./scope.ts";

/** The syntax of a type that is a value type. */
export type ValueTypeSyntax = Exclude<TypeSyntax, { kind: "func" | "component" | "instance" | "resource" }>;

/** Where a type is defined: what its indices mean, and what to say when it is wrong. */
export interface TypePlace {
  readonly scope: Scope;
  readonly offset: number;
  readonly maxTypeDepth: number;
}

/** The value type that a definition means, checked against what could ever lie in a memory. */
export function resolveValueType(syntax: ValueTypeSyntax, place: TypePlace): ValueType {
  const type = makeValueType(syntax, place);
  if (type.depth > place.maxTypeDepth) {
    throw new UnsupportedComponent(`a type nests ${type.depth} types, more than the limit of ${place.maxTypeDepth}`);
  }
  if (type.size > maxTypeSize)
    throw malformed(`a type of ${type.size} bytes is too large for any memory`, place.offset);
  return type;
}

function makeValueType(syntax: ValueTypeSyntax, place: TypePlace): ValueType {
  const one = (ref: ValueTypeRef) => resolveRef(ref, place);
  const maybe = (ref: ValueTypeRef | undefined) => (ref === undefined ? undefined : one(ref));
  switch (syntax.kind) {
    case "primitive":
      return primitiveTypes[syntax.primitive];
    case "record":
      checkLabels(syntax.fields.map(nameOf), "field", place);
      return recordType(syntax.fields.map(({ name, value }) => ({ name, type: one(value) })));
    case "tuple":
      if (syntax.elements.length === 0) throw malformed("a tuple without elements", place.offset);
      return tupleType(syntax.elements.map(one));
    case "variant":
      checkLabels(syntax.cases.map(nameOf), "case", place);
      return variantType(syntax.cases.map(({ name, value }) => ({ name, type: maybe(value) })));
    case "enum":
      checkLabels(syntax.labels, "case", place);
      return enumType(syntax.labels);
    case "flags":
      checkLabels(syntax.labels, "flag", place);
      return flagsType(syntax.labels);
    case "option":
      return optionType(one(syntax.some));
    case "result":
      return resultType(maybe(syntax.ok), maybe(syntax.err));
    case "list":
      return listType(one(syntax.element));
    default:
      return handleType(syntax.kind, resolveResource(syntax.resource, place));
  }
}

const nameOf = (named: Named<unknown>) => named.name;

/** A resource type by its index. */
export function resolveResource(index: number, place: TypePlace): ResourceType {
  const { type } = place.scope.at("type", index, place.offset);
  if (type.kind !== "resource") throw malformed(`type ${index} is a ${type.kind}, not a resource`, place.offset);
  return type;
}

/** A function type from its syntax. */
export function resolveFunctionType(syntax: Extract<TypeSyntax, { kind: "func" }>, place: TypePlace): FunctionType {
  checkUnique(syntax.params.map(nameOf), "parameter", place);
  const params = syntax.params.map(({ name, value }) => ({ name, type: resolveRef(value, place) }));
  const result = syntax.result === undefined ? undefined : resolveRef(syntax.result, place);
  if (result?.hasBorrow === true) throw malformed("a function can not return a borrowed handle", place.offset);
  return { kind: "func", params, result };
}

function resolveRef(ref: ValueTypeRef, place: TypePlace): ValueType {
  if (typeof ref === "string") return primitiveTypes[ref];
  const { type } = place.scope.at("type", ref, place.offset);
  switch (type.kind) {
    case "func":
    case "resource":
    case "component type":
    case "instance type":
      throw malformed(`type ${ref} is a ${type.kind}, not a value type`, place.offset);
    default:
      return type;
  }
}

function checkLabels(labels: readonly string[], what: string, place: TypePlace): void {
  if (labels.length === 0) throw malformed(`a type without a ${what}`, place.offset);
  const wrong = labels.find((label) => !isKebabCase(label));
  if (wrong !== undefined) throw malformed(`the ${what} name ${JSON.stringify(wrong)} is not kebab-case`, place.offset);
  checkUnique(labels, what, place);
}

function checkUnique(labels: readonly string[], what: string, place: TypePlace): void {
  const seen = new Set<string>();
  for (const label of labels) {
    const folded = label.toLowerCase();
    if (seen.has(folded)) throw malformed(`the ${what} name ${JSON.stringify(label)} is used twice`, place.offset);
    seen.add(folded);
  }
}
