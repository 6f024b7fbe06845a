/**
 * A small core module of ours, put where a guest calls a host function that may have to wait. Its one function calls the host plainly, and
 * suspends the guest only if the host then says that there is something to wait for:
 *
 *     (func (export "call") (param ...) (result ...) (local $result ...)
 *       (local.set $result (call $begin (local.get 0) ...))
 *       (if (global.get $mustWait)
 *         (then (global.set $mustWait (i32.const 0)) (local.set $result (call $wait))))
 *       (local.get $result))
 */
import type { FlatType } from "../types/layout.ts";
import { type CoreModule, webAssembly } from "../web-assembly.ts";
import { leb, moduleOf, name, section, vector } from "./encode.ts";

/** The type of a core function that the canonical ABI makes: no result or one. */
export interface CoreSignature {
  readonly params: readonly FlatType[];
  readonly result: FlatType | undefined;
}

const modules = new Map<string, CoreModule>();

/** The module for functions of that type; compiled once. At most 16 parameters of four types, and few are ever seen. */
export function waitingModule(signature: CoreSignature): CoreModule {
  const key = `${signature.params.join()}:${signature.result}`;
  const known = modules.get(key);
  if (known !== undefined) return known;
  const module = new webAssembly.Module(moduleBytes(signature));
  modules.set(key, module);
  return module;
}

const valueType: Readonly<Record<FlatType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c };
const kind = { function: 0x00, global: 0x03 } as const;
const mutable = 0x01;
const begin = 0;
const wait = 1;
const call = 2;
const mustWait = 0;

function moduleBytes({ params, result }: CoreSignature): Uint8Array {
  const results = result === undefined ? [] : [valueType[result]];
  const types = [
    [0x60, ...vector(params.map((type) => [valueType[type]])), ...vector(results.map((type) => [type]))],
    [0x60, ...vector([]), ...vector(results.map((type) => [type]))],
  ];
  const imports = [
    [...name(""), ...name("begin"), kind.function, 0],
    [...name(""), ...name("wait"), kind.function, 1],
    [...name(""), ...name("mustWait"), kind.global, valueType.i32, mutable],
  ];
  const body = [...vector(results.map((type) => [1, type])), ...instructions(params.length, results.length > 0)];
  return moduleOf([
    section(1, types),
    section(2, imports),
    section(3, [[0]]),
    section(7, [[...name("call"), kind.function, call]]),
    section(10, [[...leb(body.length), ...body]]),
  ]);
}

function instructions(params: number, hasResult: boolean): number[] {
  const [localGet, localSet, globalGet, globalSet, constant, end] = [0x20, 0x21, 0x23, 0x24, 0x41, 0x0b];
  const [callFunction, ifBlock, noResult] = [0x10, 0x04, 0x40];
  const keepResult = hasResult ? [localSet, params] : [];
  return [
    Array.from({ length: params }, (_, index) => [localGet, index]).flat(),
    [callFunction, begin, ...keepResult],
    [globalGet, mustWait, ifBlock, noResult],
    // cleared first: waiting throws where the guest cannot be suspended
    [constant, 0, globalSet, mustWait, callFunction, wait, ...keepResult],
    [end],
    hasResult ? [localGet, params] : [],
    [end],
  ].flat();
}
