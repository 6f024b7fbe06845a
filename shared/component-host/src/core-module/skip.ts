import type { CoreReader } from "./core-reader.ts";

/** Skips one import; answers what it imports. */
export function skipImport(reader: CoreReader): "global" | "memory" | "other" {
  reader.skipName();
  reader.skipName();
  const kind = reader.byte();
  if (kind === 0x00) reader.u32();
  else if (kind === 0x01) {
    skipValueType(reader);
    skipLimits(reader);
  } else if (kind === 0x02) skipLimits(reader);
  else if (kind === 0x03) {
    skipValueType(reader);
    reader.byte();
  } else if (kind === 0x04) {
    reader.byte();
    reader.u32();
  } else reader.fail(`unknown kind of core import 0x${kind.toString(16)}`);
  if (kind === 0x03) return "global";
  return kind === 0x02 ? "memory" : "other";
}

/** Skips a value type, which is a byte but for references to a type of the module. */
export function skipValueType(reader: CoreReader): void {
  if (isReference(reader.byte())) reader.skipLeb();
}

/** `ref null` or `ref`, of a type that follows. */
export const isReference = (code: number | undefined): boolean => code === 0x63 || code === 0x64;

function skipLimits(reader: CoreReader): void {
  const flags = reader.byte();
  reader.skipLeb();
  if ((flags & 1) === 1) reader.skipLeb();
}

/** Bytes or integers after the opcodes that may stand in a constant expression. */
const constantImmediates: ReadonlyMap<number, (reader: CoreReader) => void> = new Map([
  [0x41, (reader: CoreReader) => reader.skipLeb()],
  [0x42, (reader: CoreReader) => reader.skipLeb()],
  [0x43, (reader: CoreReader) => reader.skip(4)],
  [0x44, (reader: CoreReader) => reader.skip(8)],
  [0x23, (reader: CoreReader) => reader.skipLeb()],
  [0xd0, (reader: CoreReader) => reader.skipLeb()],
  [0xd2, (reader: CoreReader) => reader.skipLeb()],
  // extended constants: add, subtract and multiply of i32 and i64
  ...[0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e].map((code): [number, (reader: CoreReader) => void] => [
    code,
    () => undefined,
  ]),
  [0xfd, skipVectorConstant],
  [0xfb, skipGarbageCollected],
]);

/** Skips an initializer up to and with its `end`. */
export function skipConstantExpression(reader: CoreReader): void {
  for (;;) {
    const opcode = reader.byte();
    if (opcode === 0x0b) return;
    const skip = constantImmediates.get(opcode);
    if (skip === undefined) reader.fail(`unknown instruction 0x${opcode.toString(16)} in an initializer`);
    else skip(reader);
  }
}

function skipVectorConstant(reader: CoreReader): void {
  if (reader.u32() !== 12) reader.fail("unknown vector instruction in an initializer");
  reader.skip(16);
}

/** `ref.i31` and the conversions have no immediates; everything that makes structs and arrays is refused. */
function skipGarbageCollected(reader: CoreReader): void {
  const code = reader.u32();
  if (code !== 0x1c && code !== 0x1a && code !== 0x1b) reader.fail("a garbage-collected initializer is not supported");
}
