/** The two words of `@holdfast/component-host` that WASI needs, until that package is there to import them from. */

const marked = new WeakSet<object>();

/** Marks a host function whose answer may be a promise: the linker lowers it so that the guest can be suspended. */
export function suspending<F extends (...args: never[]) => unknown>(fn: F): F {
  marked.add(fn);
  return fn;
}

/** Whether `suspending` marked the function. */
export const isSuspending = (fn: object): boolean => marked.has(fn);

/** How a function with a `result` says `err`: thrown, with the error value as its payload. */
export class ComponentError extends Error {
  readonly payload: unknown;
  constructor(payload: unknown) {
    super("the call answered with an error");
    this.payload = payload;
  }
}
