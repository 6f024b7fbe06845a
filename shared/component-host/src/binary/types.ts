import type {
  DefinitionBody,
  Definition,
  ExternType,
  Named,
  PrimitiveKind,
  TypeSyntax,
  ValueTypeRef,
} from "./definitions.ts";
import { readAlias, readExternName } from "./externs.ts";
import { readCoreType } from "./core-types.ts";
import type { Reader } from "./reader.ts";

const primitives: ReadonlyMap<number, PrimitiveKind> = new Map([
  [0x7f, "bool"],
  [0x7e, "s8"],
  [0x7d, "u8"],
  [0x7c, "s16"],
  [0x7b, "u16"],
  [0x7a, "s32"],
  [0x79, "u32"],
  [0x78, "s64"],
  [0x77, "u64"],
  [0x76, "f32"],
  [0x75, "f64"],
  [0x74, "char"],
  [0x73, "string"],
]);

/** What a later WASI has and 0.2 has not; named so that the message helps. */
const laterTypes: ReadonlyMap<number, string> = new Map([
  [0x64, "error-context"],
  [0x65, "future"],
  [0x66, "stream"],
  [0x67, "a list of fixed length"],
  [0x63, "map"],
  [0x43, "an async function type"],
  [0x3e, "a resource with an async destructor"],
]);

const isTypeCode = (byte: number) => byte >= 0x40 && byte < 0x80;

function readValueType(reader: Reader): ValueTypeRef {
  const code = reader.peek();
  if (!isTypeCode(code)) return reader.typeIndex();
  const primitive = primitives.get(code);
  if (primitive === undefined) return failType(reader, code);
  reader.byte();
  return primitive;
}

const readNamedType = (reader: Reader): Named<ValueTypeRef> => ({ name: reader.name(), value: readValueType(reader) });

const readCase = (reader: Reader): Named<ValueTypeRef | undefined> => {
  const name = reader.name();
  const value = reader.optional(() => readValueType(reader));
  reader.expectByte(0x00, "the end of the case");
  return { name, value };
};

const typeReaders: ReadonlyMap<number, (reader: Reader) => TypeSyntax> = new Map<
  number,
  (reader: Reader) => TypeSyntax
>([
  [0x72, (reader) => ({ kind: "record", fields: reader.vector(() => readNamedType(reader)) })],
  [0x71, (reader) => ({ kind: "variant", cases: reader.vector(() => readCase(reader)) })],
  [0x70, (reader) => ({ kind: "list", element: readValueType(reader) })],
  [0x6f, (reader) => ({ kind: "tuple", elements: reader.vector(() => readValueType(reader)) })],
  [0x6e, (reader) => ({ kind: "flags", labels: reader.vector(() => reader.name()) })],
  [0x6d, (reader) => ({ kind: "enum", labels: reader.vector(() => reader.name()) })],
  [0x6b, (reader) => ({ kind: "option", some: readValueType(reader) })],
  [0x6a, readResult],
  [0x69, (reader) => ({ kind: "own", resource: reader.u32() })],
  [0x68, (reader) => ({ kind: "borrow", resource: reader.u32() })],
  [0x40, readFunctionType],
  [0x41, (reader) => ({ kind: "component", declarations: readDeclarations(reader, true) })],
  [0x42, (reader) => ({ kind: "instance", declarations: readDeclarations(reader, false) })],
  [0x3f, readResource],
]);

/** One entry of a type section. */
export function readType(reader: Reader): TypeSyntax {
  const start = reader.at;
  const code = reader.byte();
  const primitive = primitives.get(code);
  if (primitive !== undefined) return { kind: "primitive", primitive };
  const read = typeReaders.get(code);
  return read === undefined ? failType(reader, code, start) : read(reader);
}

function failType(reader: Reader, code: number, offset?: number): never {
  const later = laterTypes.get(code);
  if (later !== undefined) return reader.unsupported(later);
  return reader.fail(`unknown type 0x${code.toString(16)}`, offset);
}

function readResult(reader: Reader): TypeSyntax {
  const ok = reader.optional(() => readValueType(reader));
  const err = reader.optional(() => readValueType(reader));
  return { kind: "result", ok, err };
}

function readFunctionType(reader: Reader): TypeSyntax {
  const params = reader.vector(() => readNamedType(reader));
  const start = reader.at;
  const results = reader.byte();
  if (results === 0x00) return { kind: "func", params, result: readValueType(reader) };
  if (results !== 0x01) reader.fail("expected the results of a function", start);
  reader.expectByte(0x00, "an empty list of results");
  return { kind: "func", params, result: undefined };
}

function readResource(reader: Reader): TypeSyntax {
  reader.expectByte(0x7f, "the representation i32");
  return { kind: "resource", destructor: reader.optional(() => reader.u32()) };
}

function readDeclarations(reader: Reader, inComponentType: boolean): Definition[] {
  // declarators nest without a length of their own: the depth is counted on a reader of what is left
  const left = reader.end - reader.at;
  const inner = reader.window(left, reader.section, 1);
  const declarations = inner.vector(() => ({ offset: inner.at, ...readDeclaration(inner, inComponentType) }));
  reader.resumeAt(inner.at);
  return declarations;
}

function readDeclaration(reader: Reader, inComponentType: boolean): DefinitionBody {
  const start = reader.at;
  const code = reader.byte();
  switch (code) {
    case 0x00:
      return readCoreType(reader);
    case 0x01:
      return { kind: "type", type: readType(reader) };
    case 0x02:
      return readAlias(reader);
    case 0x03:
      if (!inComponentType) reader.fail("an instance type can not import", start);
      return { kind: "import", name: readExternName(reader), type: readExternType(reader) };
    case 0x04: {
      const name = readExternName(reader);
      const type = readExternType(reader);
      return { kind: "export", name, sort: type.sort, index: undefined, type };
    }
    default:
      return reader.fail(`unknown declaration 0x${code.toString(16)}`, start);
  }
}

/** The declared type of an import or an export. */
export function readExternType(reader: Reader): ExternType {
  const start = reader.at;
  const code = reader.byte();
  switch (code) {
    case 0x00:
      reader.expectByte(0x11, "a core module");
      return { sort: "core module", type: reader.u32() };
    case 0x01:
      return { sort: "func", type: reader.u32() };
    case 0x02:
      return reader.unsupported("a value import or export");
    case 0x03:
      return readTypeBound(reader);
    case 0x04:
      return { sort: "component", type: reader.u32() };
    case 0x05:
      return { sort: "instance", type: reader.u32() };
    default:
      return reader.fail(`unknown kind of import or export 0x${code.toString(16)}`, start);
  }
}

function readTypeBound(reader: Reader): ExternType {
  const start = reader.at;
  const bound = reader.byte();
  if (bound > 1) reader.fail(`unknown type bound 0x${bound.toString(16)}`, start);
  return { sort: "type", equals: bound === 0 ? reader.u32() : undefined };
}
