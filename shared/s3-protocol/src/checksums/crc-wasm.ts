/**
 * A hand-assembled WebAssembly function that advances a reflected CRC by slicing-by-16: 16 table lookups per 16 bytes.
 *
 * One function serves every width up to 64: the register is an i64, and a 32-bit CRC is one whose upper half stays zero.
 * Measured on 2 cores with Node 24.21, 1 MiB buffers, copying into the module's memory included: 1.9 GiB/s for CRC32C and
 * CRC64NVME; the best plain JavaScript (slicing-by-8 on Int32 tables) reached 1.0 and 0.5 GiB/s.
 *
 * In WebAssembly text:
 *   (func (export "update") (param $crc i64) (param $at i32) (param $end i32) (param $tables i32) (result i64)
 *     (loop while $at < $end: $w0 = load64($at) ^ $crc; $w1 = load64($at + 8);
 *       $crc = XOR over the 16 bytes b of $w0 then $w1 of table[15 - index][b]; $at += 16))
 */

/** Bytes taken per step: the length given to `update` must be a multiple of it. */
export const sliceBytes = 16;
/** Bytes of one polynomial's tables: 16 tables of 256 entries of 8 bytes. */
export const tableBytes = sliceBytes * 256 * 8;

/** Advances `crc` over memory from `at` up to `end`, with the tables at `tables`. All offsets are in bytes. */
export type CrcUpdate = (crc: bigint, at: number, end: number, tables: number) => bigint;

// Node's types do not declare WebAssembly (the DOM library does).
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Memory: new (options: { initial: number }) => { readonly buffer: ArrayBuffer };
  Instance: new (module: object, imports: object) => { readonly exports: Record<string, unknown> };
};

const op = {
  block: 0x02,
  loop: 0x03,
  end: 0x0b,
  br: 0x0c,
  brIf: 0x0d,
  localGet: 0x20,
  localSet: 0x21,
  i64Load: 0x29,
  i32Const: 0x41,
  i64Const: 0x42,
  i32GeU: 0x4f,
  i32Add: 0x6a,
  i32And: 0x71,
  i32Shl: 0x74,
  i64Xor: 0x85,
  i64ShrU: 0x88,
  i32WrapI64: 0xa7,
} as const;
const i32 = 0x7f;
const i64 = 0x7e;
const emptyBlock = 0x40;
/** Locals of the function: its four parameters, then the two words of a slice. */
const local = { crc: 0, at: 1, end: 2, tables: 3, words: [4, 5] } as const;

function unsigned(value: number): number[] {
  const low = value & 0x7f;
  return value < 0x80 ? [low] : [low | 0x80, ...unsigned(value >>> 7)];
}

/** Signed LEB128 of a small non-negative number: a set bit 6 would read as a sign, so it takes another byte. */
function constant(value: number): number[] {
  const low = value & 0x7f;
  return value < 0x40 ? [low] : [low | 0x80, ...constant(value >>> 7)];
}

const get = (index: number): number[] => [op.localGet, index];

/** table[slice][byte `index` of the word], on the stack. */
function lookup(word: number, index: number, slice: number): number[] {
  const shifted = index === 0 ? get(word) : [...get(word), op.i64Const, ...constant(8 * index), op.i64ShrU];
  const entry = [op.i32WrapI64, op.i32Const, ...constant(0xff), op.i32And, op.i32Const, ...constant(3), op.i32Shl];
  return [...shifted, ...entry, ...get(local.tables), op.i32Add, op.i64Load, 3, ...unsigned(slice * 256 * 8)];
}

function body(): number[] {
  const [first, second] = local.words;
  const load = (offset: number) => [...get(local.at), op.i64Load, 0, offset];
  const lookups = local.words.flatMap((word, half) =>
    Array.from({ length: 8 }, (_, index) => {
      const slice = sliceBytes - 1 - (8 * half + index);
      return slice === sliceBytes - 1 ? lookup(word, index, slice) : [...lookup(word, index, slice), op.i64Xor];
    }).flat(),
  );
  return [
    [op.block, emptyBlock, op.loop, emptyBlock],
    [...get(local.at), ...get(local.end), op.i32GeU, op.brIf, 1],
    [...load(0), ...get(local.crc), op.i64Xor, op.localSet, first],
    [...load(8), op.localSet, second],
    [...lookups, op.localSet, local.crc],
    [...get(local.at), op.i32Const, ...constant(sliceBytes), op.i32Add, op.localSet, local.at],
    [op.br, 0, op.end, op.end, ...get(local.crc), op.end],
  ].flat();
}

function assemble(pages: number): Uint8Array {
  const section = (id: number, content: number[]) => [id, ...unsigned(content.length), ...content];
  const code = [1, local.words.length, i64, ...body()];
  const magicAndVersion = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
  const sections = [
    section(1, [1, 0x60, 4, i64, i32, i32, i32, 1, i64]),
    section(2, [1, 1, 0x65, 1, 0x6d, 0x02, 0x00, ...unsigned(pages)]), // import "e" "m": the memory
    section(3, [1, 0]),
    section(7, [1, 1, 0x75, 0x00, 0]), // export "u": the function
    section(10, [1, ...unsigned(code.length), ...code]),
  ];
  return new Uint8Array([magicAndVersion, ...sections].flat());
}

/** Makes an instance with its own memory of that many 64 KiB pages. */
export function instantiateCrc(pages: number): { readonly update: CrcUpdate; readonly memory: ArrayBuffer } {
  const memory = new WebAssembly.Memory({ initial: pages });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(assemble(pages)), { e: { m: memory } });
  const update = instance.exports["u"];
  if (typeof update !== "function") throw new TypeError("the CRC module does not export its function");
  return { update: (crc, at, end, tables) => update(crc, at, end, tables), memory: memory.buffer };
}
