/**
 * Protobuf's JSON mapping (https://protobuf.dev/programming-guides/json/) for messages that are zod objects: what is written is
 * camelCase with 64-bit integers as strings; what is read may also be snake_case, and unknown fields are ignored.
 *
 * Gaps: bytes, Duration and Any, which the host protocol does not use.
 */
import { z } from "zod";

/** A message that cannot be read. `message` names the message and each field that does not fit. */
export class UnreadableMessage extends Error {
  override readonly name = "UnreadableMessage";
}

const toSnakeCase = (name: string) => name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`);

function unwrap(schema: unknown): unknown {
  const isWrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault;
  return isWrapped ? unwrap(schema.unwrap()) : schema;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Names as the schema has them, of fields and of enums given as numbers; null is the field's default. Keys of maps are data and stay. */
function withFieldNames(given: unknown, schema: unknown): unknown {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodEnum && typeof given === "number") return inner.options[given];
  if (inner instanceof z.ZodArray && Array.isArray(given))
    return given.map((each) => withFieldNames(each, inner.element));
  if (!(inner instanceof z.ZodObject) || !isObject(given)) return given;
  const named: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(inner.shape)) {
    const value = given[name] ?? given[toSnakeCase(name)];
    if (value !== undefined && value !== null) named[name] = withFieldNames(value, field);
  }
  return named;
}

function readJson(name: string, bytes: Uint8Array): unknown {
  // An empty body is a message with no field set.
  if (bytes.length === 0) return {};
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new UnreadableMessage(`${name}: the body is no JSON`, { cause });
  }
}

/** Reads one message. Throws `UnreadableMessage`. */
export function decodeMessage<S extends z.ZodObject>(name: string, schema: S, bytes: Uint8Array): z.output<S> {
  const parsed = schema.safeParse(withFieldNames(readJson(name, bytes), schema));
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => `${path.join(".") || "body"}: ${message}`);
  throw new UnreadableMessage(`${name}: ${problems.slice(0, 5).join("; ")}`, { cause: parsed.error });
}

/** Writes one message; fields that are not given have their defaults. Throws a ZodError for a value that does not fit. */
export function encodeMessage<S extends z.ZodObject>(schema: S, value: z.input<S>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(schema.encode(schema.parse(value))));
}

const digits = z.string().regex(/^-?\d{1,20}$/, "no integer");
const whole = (least: number, most: number) => z.number().int().min(least).max(most);

const int32s = z.codec(z.union([whole(-(2 ** 31), 2 ** 31 - 1), digits]), whole(-(2 ** 31), 2 ** 31 - 1), {
  decode: Number,
  encode: (value) => value,
});
const uint32s = z.codec(z.union([whole(0, 2 ** 32 - 1), digits]), whole(0, 2 ** 32 - 1), {
  decode: Number,
  encode: (value) => value,
});
const uint64s = z.codec(z.union([digits, whole(0, Number.MAX_SAFE_INTEGER)]), whole(0, Number.MAX_SAFE_INTEGER), {
  decode: Number,
  encode: String,
});

/** Fields of messages. Absent is the default of the type: "", 0, [], {}. */
export const field = {
  text: () => z.string().default(""),
  flag: () => z.boolean().default(false),
  number: () => z.coerce.number().default(0),
  /** Also `sint32`. */
  int32: () => int32s.default(0),
  uint32: () => uint32s,
  /** Up to 2^53 - 1, which is what a number holds. A string on the wire. */
  uint64: () => uint64s.default(0),
  list: <S extends z.ZodType>(element: S) => z.array(element).default([]),
  map: () => z.record(z.string(), z.string()).default({}),
} as const;
