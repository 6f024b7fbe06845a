/**
 * Values as people write them for a component's types: WAVE (https://github.com/bytecodealliance/wasm-tools/tree/main/crates/wasm-wave),
 * into the JavaScript shape that component-host takes. Also without its quotes around a text that is the whole value.
 *
 * Gaps: multi-line strings (`"""`); handles of resources, which have no text.
 */
import type { ValueType } from "@holdfast/component-host";
import { typeText } from "../component/wit-text.ts";
import { Scanner } from "./scanner.ts";
import { toTypedArray } from "./typed-array.ts";

export { WaveError } from "./scanner.ts";

/** The value of a whole text. Throws WaveError that says where, and what was expected. */
export function parseWave(text: string, type: ValueType): unknown {
  // on a command line a string's quotes would need quotes of their own
  if (type.kind === "string" && !text.trimStart().startsWith('"')) return text;
  const scanner = new Scanner(text);
  const value = parseValue(scanner, type);
  scanner.end();
  return value;
}

function parseValue(scanner: Scanner, type: ValueType): unknown {
  switch (type.kind) {
    case "bool":
      return scanner.word(["true", "false"], "a bool: true or false") === "true";
    case "s64":
    case "u64":
      return parseInteger(scanner, type.kind);
    case "s8":
    case "u8":
    case "s16":
    case "u16":
    case "s32":
    case "u32":
      return Number(parseInteger(scanner, type.kind));
    case "f32":
    case "f64":
      return parseFloat(scanner, type.kind);
    case "char":
      return scanner.quoted("'", "a char such as 'x'");
    case "string":
      return scanner.quoted('"', 'a string such as "text"');
    case "list":
      return toTypedArray(
        type.element,
        scanner.items("[", "]", () => parseValue(scanner, type.element)),
      );
    case "tuple":
      return parseTuple(
        scanner,
        type.fields.map((field) => field.type),
      );
    case "record":
      return parseRecord(scanner, type.fields);
    case "variant":
    case "enum":
      return parseCase(scanner, type);
    case "option":
      return parseOption(scanner, type.some);
    case "result":
      return parseResult(scanner, type.ok, type.err);
    case "flags":
      return parseFlags(scanner, type.labels);
    default:
      throw scanner.error(`no value can be written for ${typeText(type)}, a resource`);
  }
}

const bits = { s8: 8, u8: 8, s16: 16, u16: 16, s32: 32, u32: 32, s64: 64, u64: 64 } as const;

function parseInteger(scanner: Scanner, kind: keyof typeof bits): bigint {
  const value = BigInt(scanner.match(/-?\d+(?![\w.])/y, `a whole number (${kind})`));
  const fits = kind.startsWith("u")
    ? BigInt.asUintN(bits[kind], value) === value
    : BigInt.asIntN(bits[kind], value) === value;
  if (!fits) throw scanner.error(`${value} does not fit into ${kind}`);
  return value;
}

function parseFloat(scanner: Scanner, kind: string): number {
  const text = scanner.match(/-?(?:inf|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])|nan(?!\w)/y, `a number (${kind})`);
  if (text === "nan") return NaN;
  return text.endsWith("inf") ? (text.startsWith("-") ? -Infinity : Infinity) : Number(text);
}

function parseTuple(scanner: Scanner, types: readonly ValueType[]): unknown[] {
  const values: unknown[] = [];
  scanner.items("(", ")", () => {
    const type = types[values.length];
    if (type === undefined) throw scanner.error(`the tuple has only ${types.length} values`);
    values.push(parseValue(scanner, type));
  });
  if (values.length < types.length) throw scanner.error(`the tuple has ${types.length} values, not ${values.length}`);
  return values;
}

type Fields = Extract<ValueType, { kind: "record" }>["fields"];

function parseRecord(scanner: Scanner, fields: Fields): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  const missing = new Set(fields);
  scanner.items("{", "}", () => {
    if (scanner.take(":")) return;
    const name = scanner.name("a field's name");
    const field = fields.find((each) => each.name === name);
    if (field === undefined)
      throw scanner.error(`the record has no field ${name}; it has ${fields.map((each) => each.name).join(", ")}`);
    if (!missing.delete(field)) throw scanner.error(`the field ${name} is there twice`);
    scanner.expect(":");
    record[field.property] = parseValue(scanner, field.type);
  });
  for (const field of missing) {
    if (field.type.kind !== "option") throw scanner.error(`the field ${field.name} is missing`);
    record[field.property] = none(field.type.some);
  }
  return record;
}

function parseCase(scanner: Scanner, type: Extract<ValueType, { kind: "variant" | "enum" }>): unknown {
  const name = scanner.name(`one of ${type.cases.map((each) => each.name).join(", ")}`);
  const found = type.cases.find((each) => each.name === name);
  if (found === undefined)
    throw scanner.error(`there is no case ${name}; there are ${type.cases.map((each) => each.name).join(", ")}`);
  if (type.kind === "enum") return name;
  if (found.type === undefined) return { tag: name };
  return { tag: name, val: payload(scanner, found.type) };
}

function payload(scanner: Scanner, type: ValueType): unknown {
  scanner.expect("(");
  const value = parseValue(scanner, type);
  scanner.expect(")");
  return value;
}

/** An option within an option is `{ tag, val }`, any other the value or undefined. */
const isNested = (some: ValueType) => some.kind === "option";
const none = (some: ValueType) => (isNested(some) ? { tag: "none" } : undefined);

/** `some(x)`, `none`, and also just `x`. */
function parseOption(scanner: Scanner, some: ValueType): unknown {
  if (scanner.keyword("none")) return none(some);
  const value = scanner.keyword("some") ? payload(scanner, some) : parseValue(scanner, some);
  return isNested(some) ? { tag: "some", val: value } : value;
}

/** `ok(x)`, `err(x)`, `ok`, `err`, and also just `x` for `ok(x)`. */
function parseResult(scanner: Scanner, ok: ValueType | undefined, err: ValueType | undefined): unknown {
  for (const [tag, type] of [
    ["ok", ok],
    ["err", err],
  ] as const) {
    if (scanner.keyword(tag)) return type === undefined ? { tag } : { tag, val: payload(scanner, type) };
  }
  if (ok === undefined) throw scanner.error("expected ok or err");
  return { tag: "ok", val: parseValue(scanner, ok) };
}

function parseFlags(scanner: Scanner, labels: readonly string[]): Record<string, boolean> {
  const set = new Set<string>();
  scanner.items("{", "}", () => {
    const label = scanner.name("a flag");
    if (!labels.includes(label)) throw scanner.error(`there is no flag ${label}; there are ${labels.join(", ")}`);
    set.add(label);
  });
  return Object.fromEntries(labels.map((label) => [camelCase(label), set.has(label)]));
}

/** `read-only` is `readOnly`: the property of a flag. */
export const camelCase = (label: string): string =>
  label.replaceAll(/-([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
