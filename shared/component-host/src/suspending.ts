const marked = new WeakSet<object>();

/**
 * Marks a host function (or a method, or a class whose constructor does) as one that may answer with a promise: the
 * guest that calls it is suspended until the promise settles. Other host functions have to answer at once.
 */
export function suspending<F extends object>(fn: F): F {
  marked.add(fn);
  return fn;
}

/** Whether the function was marked by {@link suspending}. */
export function isSuspending(fn: unknown): boolean {
  return typeof fn === "function" && marked.has(fn);
}
