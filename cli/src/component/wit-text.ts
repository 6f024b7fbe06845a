/** Types and functions of a component as WIT would write them. */
import type { FunctionType, ValueType } from "@holdfast/component-host";

/** A type where it is used. Records, variants, enums and flags have no name in a binary's plan: they are written out. */
export function typeText(type: ValueType): string {
  switch (type.kind) {
    case "record":
      return `record { ${type.fields.map(({ name, type: field }) => `${name}: ${typeText(field)}`).join(", ")} }`;
    case "tuple":
      return `tuple<${type.fields.map((field) => typeText(field.type)).join(", ")}>`;
    case "variant":
      return `variant { ${type.cases.map(({ name, type: of }) => (of === undefined ? name : `${name}(${typeText(of)})`)).join(", ")} }`;
    case "enum":
      return `enum { ${type.cases.map(({ name }) => name).join(", ")} }`;
    case "flags":
      return `flags { ${type.labels.join(", ")} }`;
    case "option":
      return `option<${typeText(type.some)}>`;
    case "result":
      return resultText(type.ok, type.err);
    case "list":
      return `list<${typeText(type.element)}>`;
    case "own":
      return type.resource.name;
    case "borrow":
      return `borrow<${type.resource.name}>`;
    default:
      return type.kind;
  }
}

function resultText(ok: ValueType | undefined, err: ValueType | undefined): string {
  if (ok === undefined && err === undefined) return "result";
  if (err === undefined) return `result<${ok === undefined ? "_" : typeText(ok)}>`;
  return `result<${ok === undefined ? "_" : typeText(ok)}, ${typeText(err)}>`;
}

/** `func(a: u8) -> string` */
export function functionText({ params, result }: FunctionType): string {
  const given = params.map(({ name, type }) => `${name}: ${typeText(type)}`).join(", ");
  return `func(${given})${result === undefined ? "" : ` -> ${typeText(result)}`}`;
}
