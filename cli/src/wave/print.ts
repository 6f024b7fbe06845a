/** Values of a component as WAVE text, and as what JSON can hold. */
import type { ValueType } from "@holdfast/component-host";
import { camelCase } from "./parse.ts";

type Fields = Readonly<Record<string, unknown>>;
const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? { ...value } : {});
const itemsOf = (value: unknown): unknown[] => (isIterable(value) ? [...value] : []);
const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.iterator in value;

/** The text of a value, as parseWave reads it back. */
export function printWave(value: unknown, type: ValueType): string {
  switch (type.kind) {
    case "f32":
    case "f64":
      return printFloat(Number(value));
    case "char":
      return `'${escape(String(value), "'")}'`;
    case "string":
      return `"${escape(String(value), '"')}"`;
    case "list":
      return `[${itemsOf(value)
        .map((item) => printWave(item, type.element))
        .join(", ")}]`;
    case "tuple":
      return `(${type.fields.map((field, i) => printWave(itemsOf(value)[i], field.type)).join(", ")})`;
    case "record":
      return `{${type.fields.map(({ name, property, type: of }) => `${name}: ${printWave(fieldsOf(value)[property], of)}`).join(", ")}}`;
    case "option":
      return printOption(value, type.some);
    case "variant":
    case "result":
      return printCase(value, type);
    case "flags":
      return `{${type.labels.filter((label) => fieldsOf(value)[camelCase(label)] === true).join(", ")}}`;
    case "own":
    case "borrow":
      return `<${type.resource.name}>`;
    default:
      return String(value);
  }
}

function printFloat(value: number): string {
  if (Number.isNaN(value)) return "nan";
  return Number.isFinite(value) ? String(value) : value < 0 ? "-inf" : "inf";
}

function printOption(value: unknown, some: ValueType): string {
  if (some.kind !== "option") return value === undefined ? "none" : `some(${printWave(value, some)})`;
  const { tag, val } = fieldsOf(value);
  return tag === "some" ? `some(${printWave(val, some)})` : "none";
}

function printCase(value: unknown, type: Extract<ValueType, { kind: "variant" | "result" }>): string {
  const { tag, val } = fieldsOf(value);
  const payload = type.cases.find(({ name }) => name === tag)?.type;
  return payload === undefined ? String(tag) : `${String(tag)}(${printWave(val, payload)})`;
}

const names: Readonly<Record<string, string>> = { "\n": "n", "\t": "t", "\r": "r", "\\": "\\" };

function escape(text: string, quote: string): string {
  return text.replaceAll(/[\\"'\p{Cc}]/gu, (character) => {
    if (character === '"' || character === "'") return character === quote ? `\\${character}` : character;
    return `\\${names[character] ?? `u{${character.codePointAt(0)?.toString(16)}}`}`;
  });
}

/** 64-bit numbers as text, typed arrays as lists, what is not a number in JSON as its WAVE text. */
export function toJson(value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : printFloat(value);
  if (isIterable(value)) return itemsOf(value).map(toJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, toJson(each)]));
}
