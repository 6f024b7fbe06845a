/** One value through a component and back: what the host function was given, and what the caller got. */
import type { Functions, Subject } from "./subject.ts";
import type { WitFunction } from "./wit-type.ts";

export type Trip = { readonly given: readonly unknown[]; readonly returned: unknown };

export type Echo = (name: string, fn: WitFunction, args: readonly unknown[], answer: unknown) => Trip;

/** An instance whose imports answer what the next trip tells them to. */
export async function startEcho(subject: Subject, file: string): Promise<Echo> {
  let given: unknown[] = [];
  let answer: () => unknown = () => undefined;
  const imported = (...args: unknown[]) => {
    given = args;
    return answer();
  };
  const imports = new Proxy<Functions>({}, { get: () => imported, has: () => true });
  const exports = await subject.start(file, { "holdfast:guests/zoo": imports });
  const zoo = exports["holdfast:guests/zoo"] as Functions;
  return (name, fn, args, value) => {
    answer = fn.result?.kind === "result" ? () => unwrap(value, subject) : () => value;
    const call = () => zoo[name]?.(...args);
    const returned = fn.result?.kind === "result" ? wrap(call) : call();
    return { given, returned };
  };
}

type ResultValue = { tag: "ok" | "err"; val?: unknown };

/** A result that a function returns is a value or something thrown. */
function unwrap(value: unknown, subject: Subject): unknown {
  const { tag, val } = value as ResultValue;
  if (tag === "err") throw subject.failure(val);
  return val;
}

function wrap(call: () => unknown): ResultValue {
  try {
    return { tag: "ok", val: call() };
  } catch (error) {
    if (error instanceof Error && "payload" in error) return { tag: "err", val: error.payload };
    throw error;
  }
}
