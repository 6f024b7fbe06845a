/**
 * The part of the WebAssembly JavaScript API that a component host needs, typed: TypeScript declares it only for
 * browsers, and without JavaScript Promise Integration
 * (https://github.com/WebAssembly/js-promise-integration), which Node has from version 24 on.
 */

/** A core function as JavaScript sees it. */
export type CoreFunction = (...args: CoreValue[]) => CoreValue | undefined;
/** i64 is a bigint, every other number type a number. */
export type CoreValue = number | bigint;

export interface CoreMemory {
  readonly buffer: ArrayBuffer;
}
export interface CoreGlobal {
  value: unknown;
}
export interface CoreModule {
  readonly [Symbol.toStringTag]: "WebAssembly.Module";
}
/** What a core instance exports: functions, memories, tables, globals, by name. */
export type CoreExports = Readonly<Record<string, unknown>>;
export interface CoreInstance {
  readonly exports: CoreExports;
}
export interface CoreExportDescriptor {
  readonly name: string;
  readonly kind: string;
}

interface WebAssemblyApi {
  readonly Module: {
    new (bytes: Uint8Array): CoreModule;
    exports(module: CoreModule): CoreExportDescriptor[];
  };
  readonly Instance: new (module: CoreModule, imports: Record<string, CoreExports>) => CoreInstance;
  readonly Memory: new (limits: { initial: number; maximum?: number }) => CoreMemory;
  readonly Global: new (type: { value: string; mutable?: boolean }, value?: unknown) => CoreGlobal;
  readonly RuntimeError: new (message?: string) => Error;
  /** Thrown where a guest would have to be suspended and was not called under `promising`, or with JavaScript in between. */
  readonly SuspendError: new (message?: string) => Error;
  readonly CompileError: new (message?: string) => Error;
  readonly LinkError: new (message?: string) => Error;
  readonly Suspending: new (fn: (...args: CoreValue[]) => unknown) => object;
  compile(bytes: Uint8Array): Promise<CoreModule>;
  promising(fn: CoreFunction): (...args: CoreValue[]) => Promise<CoreValue | undefined>;
}

export const webAssembly: WebAssemblyApi = Reflect.get(globalThis, "WebAssembly");

export function isCoreFunction(value: unknown): value is CoreFunction {
  return typeof value === "function";
}
export function isCoreMemory(value: unknown): value is CoreMemory {
  return value instanceof webAssembly.Memory;
}
export function isCoreGlobal(value: unknown): value is CoreGlobal {
  return value instanceof webAssembly.Global;
}
