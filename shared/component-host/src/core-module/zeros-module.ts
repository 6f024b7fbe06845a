/**
 * A small core module of ours that works on a guest's memory by vectors. Most of a memory was never written to: finding
 * that out takes a third of the time of writing zeros over it, and leaves the caches alone. In blocks of 256 bytes:
 *
 *     (import "" "memory" (memory 0))
 *     ;; zeros from `at` to `end`, writing only where something else stands
 *     (func (export "clear") (param $at i32) (param $end i32)
 *       (loop $next
 *         (if (i32.ge_u (local.get $at) (local.get $end)) (then (return)))
 *         (if (v128.any_true (v128.or ... 16 loads ...)) (then ... 16 stores of zeros ...))
 *         (local.set $at (i32.add (local.get $at) (i32.const 256)))
 *         (br $next)))
 *     ;; where the last block ends that is not all zeros, looking from `end` down to `at`
 *     (func (export "used") (param $at i32) (param $end i32) (result i32)
 *       (loop $next
 *         (if (i32.le_u (local.get $end) (local.get $at)) (then (return (local.get $end))))
 *         (local.set $end (i32.sub (local.get $end) (i32.const 256)))
 *         (if (v128.any_true ...) (then (return (i32.add (local.get $end) (i32.const 256)))))
 *         (br $next))
 *       (unreachable))
 */
import { type CoreModule, webAssembly } from "../web-assembly.ts";
import { leb, moduleOf, name, section, vector } from "./encode.ts";

let compiled: CoreModule | undefined;

/** Compiled at first use. */
export function zerosModule(): CoreModule {
  return (compiled ??= new webAssembly.Module(moduleBytes()));
}

const i32 = 0x7f;
const at = 0;
const end = 1;
/** Positions are multiples of this. */
export const blockBytes = 256;
const offsets = Array.from({ length: blockBytes / 16 }, (_, index) => index * 16);

const op = { loop: 0x03, if: 0x04, end: 0x0b, br: 0x0c, return: 0x0f, get: 0x20, set: 0x21, const: 0x41 } as const;
const [greaterOrEqual, lessOrEqual, add, subtract, unreachable] = [0x4f, 0x4d, 0x6a, 0x6b, 0x00];
const vectorOp = (code: number, ...immediates: number[]) => [0xfd, ...leb(code), ...immediates];
const empty = 0x40;

const load = (pointer: number) => (offset: number) => [op.get, pointer, ...vectorOp(0x00, 0, ...leb(offset))];
const zero = vectorOp(0x0c, ...Array<number>(16).fill(0));
const store = (pointer: number) => (offset: number) => [op.get, pointer, ...zero, ...vectorOp(0x0b, 0, ...leb(offset))];
const or = vectorOp(0x50);
const anyTrue = vectorOp(0x53);
/** `i32.const 256`, signed LEB128. */
const block = [op.const, 0x80, 0x02];

const isUsed = (pointer: number) => [
  ...offsets.flatMap((offset) => [...load(pointer)(offset), ...(offset === 0 ? [] : or)]),
  ...anyTrue,
];
const when = (instructions: readonly number[]) => [op.if, empty, ...instructions, op.end];

const clear = [
  [op.loop, empty, op.get, at, op.get, end, greaterOrEqual],
  when([op.return]),
  isUsed(at),
  when(offsets.flatMap(store(at))),
  [op.get, at, ...block, add, op.set, at, op.br, 0, op.end, op.end],
].flat();

const used = [
  [op.loop, empty, op.get, end, op.get, at, lessOrEqual],
  when([op.get, end, op.return]),
  [op.get, end, ...block, subtract, op.set, end],
  isUsed(end),
  when([op.get, end, ...block, add, op.return]),
  [op.br, 0, op.end, unreachable, op.end],
].flat();

function moduleBytes(): Uint8Array {
  const body = (instructions: readonly number[]) => [...leb(instructions.length + 1), 0, ...instructions];
  return moduleOf([
    section(1, [
      [0x60, ...vector([[i32], [i32]]), ...vector([])],
      [0x60, ...vector([[i32], [i32]]), ...vector([[i32]])],
    ]),
    section(2, [[...name(""), ...name("memory"), 0x02, 0x00, 0x00]]),
    section(3, [[0], [1]]),
    section(7, [
      [...name("clear"), 0x00, 0],
      [...name("used"), 0x00, 1],
    ]),
    section(10, [body(clear), body(used)]),
  ]);
}
