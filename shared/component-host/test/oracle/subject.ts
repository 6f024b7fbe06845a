/** Who runs a component: our linker, and jco for a second opinion. */
import { readFile } from "node:fs/promises";
import { type Instantiate, transpiled, type TranspileOptions } from "@holdfast/guests";
import { ComponentError, compileComponent, instantiate, suspending } from "../../src/index.ts";

/** For hooks that may find a cold cache, on a machine with other things to do. */
export const buildTimeoutMs = 180_000;

export type Functions = Record<string, (...args: unknown[]) => unknown>;

export type Subject = {
  readonly name: string;
  /** A fresh instance of the component in the file. */
  start(file: string, imports: Record<string, object>): Promise<Record<string, unknown>>;
  /** What an imported function throws for an `err`. */
  failure(payload: unknown): Error;
  /** An imported function that may answer with a promise. */
  waiting(fn: (...args: unknown[]) => unknown): (...args: unknown[]) => unknown;
};

/** Each file is compiled or transpiled once. */
function onceFor<T>(make: (file: string) => Promise<T>): (file: string) => Promise<T> {
  const made = new Map<string, Promise<T>>();
  return (file) => {
    const making = made.get(file) ?? make(file);
    made.set(file, making);
    return making;
  };
}

const compile = onceFor(async (file) => compileComponent(new Uint8Array(await readFile(file))));

export const ours: Subject = {
  name: "our linker",
  start: async (file, imports) => ({ ...instantiate(await compile(file), imports).exports }),
  failure: (payload) => new ComponentError(payload),
  waiting: suspending,
};

/** jco has to be told by name what may wait. */
export function jcoWith(options: TranspileOptions): Subject {
  const prepare = onceFor((file): Promise<Instantiate> => transpiled(file, options));
  return {
    name: "jco",
    start: async (file, imports) => (await prepare(file))(mapFunctions(imports)),
    // jco takes anything with a payload
    failure: (payload) => Object.assign(new Error("err"), { payload }),
    waiting: (fn) => fn,
  };
}

export const jco = jcoWith({});

/** jco wants a function that the world imports as the default of a module. */
const mapFunctions = (imports: Record<string, object>): Record<string, object> =>
  Object.fromEntries(
    Object.entries(imports).map(([name, value]) => [name, typeof value === "function" ? { default: value } : value]),
  );
