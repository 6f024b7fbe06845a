/** The types of the functions that a core module imports and exports. V8 validates the module; this only has to stay in bounds. */
import { CoreReader, coreSections } from "./core-reader.ts";
import { skipImport, skipValueType } from "./skip.ts";

/** `i32,i64 -> i32`: types in order, `-` for those that no component function is made of. */
export type CoreFunctionType = string;

export interface ModuleFunctionTypes {
  readonly imports: readonly { readonly module: string; readonly name: string; readonly type: CoreFunctionType }[];
  readonly exports: ReadonlyMap<string, CoreFunctionType>;
}

export const functionTypeText = (params: readonly string[], results: readonly string[]): CoreFunctionType =>
  `${params.join()} -> ${results.join()}`;

export function moduleFunctionTypes(bytes: Uint8Array): ModuleFunctionTypes {
  let types: readonly CoreFunctionType[] = [];
  const functions: number[] = [];
  const imports: { module: string; name: string; type: CoreFunctionType }[] = [];
  const exports = new Map<string, CoreFunctionType>();
  const typeAt = (index: number | undefined) => types[index ?? types.length] ?? "-";
  for (const { id, start, end } of coreSections(bytes)) {
    const reader = new CoreReader(bytes, start, end);
    if (id === sectionId.type) types = readTypes(reader);
    if (id === sectionId.import) {
      for (const { module, name, typeIndex } of readFunctionImports(reader)) {
        functions.push(typeIndex);
        imports.push({ module, name, type: typeAt(typeIndex) });
      }
    }
    if (id === sectionId.function) repeat(reader, () => functions.push(reader.u32()));
    if (id === sectionId.export) {
      for (const { name, index } of readFunctionExports(reader)) exports.set(name, typeAt(functions[index]));
    }
  }
  return { imports, exports };
}

const sectionId = { type: 1, import: 2, function: 3, export: 7 } as const;
const functionKind = 0x00;

function repeat(reader: CoreReader, read: () => unknown): void {
  const count = reader.u32();
  for (let index = 0; index < count; index += 1) read();
}

function readFunctionImports(reader: CoreReader) {
  const found: { module: string; name: string; typeIndex: number }[] = [];
  repeat(reader, () => {
    const start = reader.at;
    const [module, name] = [reader.name(), reader.name()];
    if (reader.byte() === functionKind) {
      found.push({ module, name, typeIndex: reader.u32() });
      return;
    }
    reader.at = start;
    skipImport(reader);
  });
  return found;
}

function readFunctionExports(reader: CoreReader) {
  const found: { name: string; index: number }[] = [];
  repeat(reader, () => {
    const name = reader.name();
    const kind = reader.byte();
    const index = reader.u32();
    if (kind === functionKind) found.push({ name, index });
  });
  return found;
}

function readTypes(reader: CoreReader): CoreFunctionType[] {
  const types: CoreFunctionType[] = [];
  repeat(reader, () => {
    // a group of types that name each other
    if (reader.bytes[reader.at] !== 0x4e) types.push(readType(reader));
    else {
      reader.byte();
      repeat(reader, () => types.push(readType(reader)));
    }
  });
  return types;
}

function readType(reader: CoreReader): CoreFunctionType {
  let form = reader.byte();
  if (form === 0x50 || form === 0x4f) {
    // a subtype, after the types above it
    repeat(reader, () => reader.u32());
    form = reader.byte();
  }
  if (form === 0x60) return functionTypeText(readValueTypes(reader), readValueTypes(reader));
  if (form === 0x5f) repeat(reader, () => skipField(reader));
  else if (form === 0x5e) skipField(reader);
  else reader.fail(`unknown form of core type 0x${form.toString(16)}`);
  return "-";
}

function skipField(reader: CoreReader): void {
  skipValueType(reader);
  // mutability
  reader.byte();
}

const valueTypes: ReadonlyMap<number, string> = new Map([
  [0x7f, "i32"],
  [0x7e, "i64"],
  [0x7d, "f32"],
  [0x7c, "f64"],
]);

function readValueTypes(reader: CoreReader): string[] {
  const found: string[] = [];
  repeat(reader, () => {
    found.push(valueTypes.get(reader.bytes[reader.at] ?? 0) ?? "-");
    skipValueType(reader);
  });
  return found;
}
