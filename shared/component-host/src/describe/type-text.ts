import type { NamedType } from "../plan/plan.ts";
import type { FunctionType, ValueType } from "../types/value-types.ts";

/** How a type is called where it is used; undefined for one without a name. */
export type NameOfType = (type: NamedType) => string | undefined;

/** A type where WIT uses it: its name, or its structure. */
export function typeText(type: ValueType, nameOf: NameOfType): string {
  return nameOf(type) ?? structureText(type, nameOf);
}

/** What may follow `type x =`; the kinds that only have names are spelt out for want of one. */
export function structureText(type: ValueType, nameOf: NameOfType): string {
  const text = (one: ValueType) => typeText(one, nameOf);
  switch (type.kind) {
    case "list":
      return `list<${text(type.element)}>`;
    case "option":
      return `option<${text(type.some)}>`;
    case "result":
      return resultText(type.ok, type.err, text);
    case "tuple":
      return `tuple<${type.fields.map((field) => text(field.type)).join(", ")}>`;
    case "own":
      return nameOf(type.resource) ?? type.resource.name;
    case "borrow":
      return `borrow<${nameOf(type.resource) ?? type.resource.name}>`;
    case "record":
      return `record { ${type.fields.map((field) => `${field.name}: ${text(field.type)}`).join(", ")} }`;
    case "variant":
      return `variant { ${type.cases.map((one) => caseText(one.name, one.type, nameOf)).join(", ")} }`;
    case "enum":
      return `enum { ${type.cases.map((one) => one.name).join(", ")} }`;
    case "flags":
      return `flags { ${type.labels.join(", ")} }`;
    default:
      return type.kind;
  }
}

function resultText(ok: ValueType | undefined, err: ValueType | undefined, text: (type: ValueType) => string): string {
  if (err === undefined) return ok === undefined ? "result" : `result<${text(ok)}>`;
  return `result<${ok === undefined ? "_" : text(ok)}, ${text(err)}>`;
}

function caseText(name: string, type: ValueType | undefined, nameOf: NameOfType): string {
  return type === undefined ? name : `${name}(${typeText(type, nameOf)})`;
}

/** `func(a: u32) -> string`; the first `skip` parameters are left out. */
export function functionText(type: FunctionType, nameOf: NameOfType, skip = 0): string {
  return `func${paramsText(type, nameOf, skip)}${type.result === undefined ? "" : ` -> ${typeText(type.result, nameOf)}`}`;
}

/** `(a: u32)`. */
export function paramsText(type: FunctionType, nameOf: NameOfType, skip = 0): string {
  const params = type.params.slice(skip).map((param) => `${param.name}: ${typeText(param.type, nameOf)}`);
  return `(${params.join(", ")})`;
}

/** A type definition in an interface, as lines without indentation. */
export function definitionLines(name: string, type: ValueType, nameOf: NameOfType): string[] {
  const block = (kind: string, members: readonly string[]) => [
    `${kind} ${name} {`,
    ...members.map((member) => `  ${member},`),
    "}",
  ];
  switch (type.kind) {
    case "record":
      return block(
        "record",
        type.fields.map((field) => `${field.name}: ${typeText(field.type, nameOf)}`),
      );
    case "variant":
      return block(
        "variant",
        type.cases.map((one) => caseText(one.name, one.type, nameOf)),
      );
    case "enum":
      return block(
        "enum",
        type.cases.map((one) => one.name),
      );
    case "flags":
      return block("flags", type.labels);
    default:
      return [`type ${name} = ${structureText(type, nameOf)};`];
  }
}
