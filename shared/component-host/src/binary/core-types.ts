import type { DefinitionBody } from "./definitions.ts";
import type { Reader } from "./reader.ts";
import { readCoreSort } from "./sorts.ts";

/**
 * A core type: a function type, or the type of a module. Only what kind it is stays: core modules are checked by V8
 * when they are instantiated.
 */
export function readCoreType(reader: Reader): DefinitionBody {
  const start = reader.at;
  const code = reader.byte();
  if (code === 0x60) skipFunctionType(reader);
  else if (code === 0x50) reader.vector(() => skipModuleDeclaration(reader));
  else reader.fail(`unknown core type 0x${code.toString(16)}`, start);
  return { kind: "core type", isModule: code === 0x50 };
}

function skipFunctionType(reader: Reader): void {
  reader.vector(() => skipValueType(reader));
  reader.vector(() => skipValueType(reader));
}

function skipModuleDeclaration(reader: Reader): void {
  const start = reader.at;
  const code = reader.byte();
  if (code === 0x00) {
    reader.name();
    reader.name();
    skipImportDescription(reader);
  } else if (code === 0x01) {
    reader.expectByte(0x60, "a core function type");
    skipFunctionType(reader);
  } else if (code === 0x02) {
    readCoreSort(reader);
    reader.expectByte(0x01, "an outer alias");
    reader.u32();
    reader.u32();
  } else if (code === 0x03) {
    reader.name();
    skipImportDescription(reader);
  } else reader.fail(`unknown module declaration 0x${code.toString(16)}`, start);
}

function skipImportDescription(reader: Reader): void {
  const start = reader.at;
  const code = reader.byte();
  if (code === 0x00) reader.u32();
  else if (code === 0x01) {
    skipValueType(reader);
    skipLimits(reader);
  } else if (code === 0x02) skipLimits(reader);
  else if (code === 0x03) {
    skipValueType(reader);
    reader.byte();
  } else if (code === 0x04) {
    reader.byte();
    reader.u32();
  } else reader.fail(`unknown core import 0x${code.toString(16)}`, start);
}

function skipValueType(reader: Reader): void {
  const code = reader.byte();
  // a reference with a heap type of its own
  if (code === 0x63 || code === 0x64) reader.typeIndex();
}

function skipLimits(reader: Reader): void {
  const flags = reader.byte();
  if (flags > 0x03) reader.unsupported("a 64-bit memory or table");
  reader.u32();
  if ((flags & 1) === 1) reader.u32();
}
