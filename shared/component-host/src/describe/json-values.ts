/**
 * Values as JSON, for people who call a function by hand: kebab-case or camelCase names, 64-bit integers as numbers or
 * strings, `null` for an option's none, `list<u8>` as an array of numbers or as `{ "text": … }`.
 */
import { camelCase } from "../names.ts";
import type { FunctionType, ValueType } from "../types/value-types.ts";

/** A JSON value that is no value of the type. The message begins with the place: `argument request.headers[2]: …`. */
export class InvalidValue extends Error {
  override readonly name = "InvalidValue";
}

/** The arguments of a function, from JSON values in order. Throws {@link InvalidValue}. */
export function argumentsFromJson(type: FunctionType, values: readonly unknown[]): unknown[] {
  if (values.length !== type.params.length) {
    const expected = type.params.map((param) => param.name).join(", ");
    throw new InvalidValue(`expected ${type.params.length} arguments (${expected}), got ${values.length}`);
  }
  return type.params.map((param, index) => valueFromJson(param.type, values[index], `argument ${param.name}`));
}

/** A value of the type, from JSON. Throws {@link InvalidValue}. */
export function valueFromJson(type: ValueType, json: unknown, place = "value"): unknown {
  const invalid = (expected: string): never => {
    throw new InvalidValue(`${place}: expected ${expected}, got ${JSON.stringify(json) ?? "nothing"}`);
  };
  switch (type.kind) {
    case "bool":
      return typeof json === "boolean" ? json : invalid("true or false");
    case "string":
      return typeof json === "string" ? json : invalid("a string");
    case "char":
      return typeof json === "string" && Array.from(json).length === 1 ? json : invalid("a string of one character");
    case "f32":
    case "f64":
      return floatFromJson(json) ?? invalid("a number");
    case "s64":
    case "u64":
      return bigFromJson(type.kind, json) ?? invalid(`an integer (${type.kind})`);
    case "list":
      return listFromJson(type.element, json, place) ?? invalid("an array");
    case "tuple":
      if (!Array.isArray(json) || json.length !== type.fields.length)
        return invalid(`an array of ${type.fields.length}`);
      return type.fields.map((field, index) => valueFromJson(field.type, json[index], `${place}[${index}]`));
    case "record":
      return isObject(json) ? recordFromJson(type, json, place) : invalid("an object");
    case "enum":
      return type.cases.some((one) => one.name === json) ? json : invalid(namesOf(type.cases));
    case "flags":
      return flagsFromJson(type.labels, json) ?? invalid(`an array of ${type.labels.join(", ")}`);
    case "option":
      return optionFromJson(type.some, json, place);
    case "variant":
    case "result":
      return variantFromJson(type.cases, json, place) ?? invalid(`{ "<case>": <value> } with ${namesOf(type.cases)}`);
    case "own":
    case "borrow":
      return invalid("nothing: a resource can not be written down");
    default:
      return integerFromJson(type.kind, json) ?? invalid(`an integer (${type.kind})`);
  }
}

type Integer = "s8" | "u8" | "s16" | "u16" | "s32" | "u32";
type Members = Extract<ValueType, { kind: "record" }>;
type Cases = Extract<ValueType, { kind: "variant" }>["cases"];

const isObject = (json: unknown): json is Readonly<Record<string, unknown>> =>
  typeof json === "object" && json !== null && !Array.isArray(json);
const namesOf = (cases: Cases) => `one of ${cases.map((one) => one.name).join(", ")}`;

function integerFromJson(kind: Integer, json: unknown): number | undefined {
  const bits = Number(kind.slice(1));
  const [low, high] = kind.startsWith("u") ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  return typeof json === "number" && Number.isInteger(json) && json >= low && json <= high ? json : undefined;
}

function bigFromJson(kind: "s64" | "u64", json: unknown): bigint | undefined {
  const isInteger = typeof json === "number" ? Number.isSafeInteger(json) : /^-?\d{1,20}$/.test(String(json));
  if (!isInteger || (typeof json !== "number" && typeof json !== "string")) return undefined;
  const value = BigInt(json);
  return (kind === "u64" ? BigInt.asUintN(64, value) : BigInt.asIntN(64, value)) === value ? value : undefined;
}

function floatFromJson(json: unknown): number | undefined {
  if (typeof json === "number") return json;
  return json === "NaN" || json === "Infinity" || json === "-Infinity" ? Number(json) : undefined;
}

function listFromJson(element: ValueType, json: unknown, place: string): unknown {
  if (element.kind === "u8" && isObject(json) && typeof json["text"] === "string") {
    return new TextEncoder().encode(json["text"]);
  }
  if (!Array.isArray(json)) return undefined;
  const values = json.map((one: unknown, index) => valueFromJson(element, one, `${place}[${index}]`));
  return element.kind === "u8" ? Uint8Array.from(values, Number) : values;
}

function recordFromJson(type: Members, json: Readonly<Record<string, unknown>>, place: string): object {
  const known = new Set(type.fields.flatMap((field) => [field.name, field.property]));
  const unknown = Object.keys(json).find((key) => !known.has(key));
  if (unknown !== undefined) throw new InvalidValue(`${place}: there is no field ${unknown}`);
  const values = type.fields.map((field): [string, unknown] => [
    field.property,
    valueFromJson(field.type, json[field.name] ?? json[field.property], `${place}.${field.name}`),
  ]);
  return Object.fromEntries(values);
}

function flagsFromJson(labels: readonly string[], json: unknown): object | undefined {
  if (!Array.isArray(json) || !json.every((one) => labels.includes(one))) return undefined;
  return Object.fromEntries(labels.map((label) => [camelCase(label), json.includes(label)]));
}

function optionFromJson(some: ValueType, json: unknown, place: string): unknown {
  const isNone = json === null || json === undefined;
  if (some.kind !== "option") return isNone ? undefined : valueFromJson(some, json, place);
  // an option in an option: null, or { "some": null | value }
  if (isNone) return { tag: "none" };
  return { tag: "some", val: valueFromJson(some, isObject(json) ? json["some"] : json, place) };
}

function variantFromJson(cases: Cases, json: unknown, place: string): object | undefined {
  const [name, payload] = isObject(json) ? (Object.entries(json)[0] ?? []) : [json, undefined];
  const one = cases.find((candidate) => candidate.name === name);
  if (one === undefined || (isObject(json) && Object.keys(json).length !== 1)) return undefined;
  if (one.type === undefined) return { tag: one.name };
  return { tag: one.name, val: valueFromJson(one.type, payload, `${place}.${one.name}`) };
}

/** A value of the type as JSON: the inverse of {@link valueFromJson}; 64-bit integers are strings. */
export function valueToJson(type: ValueType, value: unknown): unknown {
  const member = (name: string): unknown => (isObject(value) ? value[name] : undefined);
  switch (type.kind) {
    case "s64":
    case "u64":
      return String(value);
    case "f32":
    case "f64":
      return Number.isFinite(value) ? value : String(value);
    case "list":
      return Array.from(toIterable(value), (one) => valueToJson(type.element, one));
    case "tuple":
      return Array.from(toIterable(value), (one, index) => {
        const field = type.fields[index];
        return field === undefined ? null : valueToJson(field.type, one);
      });
    case "record":
      return Object.fromEntries(
        type.fields.map((field) => [field.name, valueToJson(field.type, member(field.property))]),
      );
    case "flags":
      return type.labels.filter((label) => member(camelCase(label)) === true);
    case "option":
      if (type.some.kind !== "option") return value === undefined ? null : valueToJson(type.some, value);
      return member("tag") === "none" ? null : { some: valueToJson(type.some, member("val")) };
    case "variant":
    case "result": {
      const one = type.cases.find((candidate) => candidate.name === member("tag"));
      if (one?.type === undefined) return member("tag");
      return { [one.name]: valueToJson(one.type, member("val")) };
    }
    case "own":
    case "borrow":
      return `<${type.resource.name}>`;
    default:
      return value;
  }
}

const toIterable = (value: unknown): Iterable<unknown> =>
  Array.isArray(value) || (ArrayBuffer.isView(value) && Symbol.iterator in value) ? Object(value) : [];
