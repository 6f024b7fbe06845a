/**
 * Attempts: calls of guests that are made without being able to suspend them, which is several times cheaper, and can be
 * begun anew when it turns out that they have to wait. That takes that nothing outside saw them: an attempt ends, and is
 * void, where a guest calls a host function that is not marked {@link repeatable}, and before such a function does what can not be taken back.
 */
const repeatableFunctions = new WeakSet<object>();

/**
 * Marks a host function (or a method, or a class whose constructor is one) that may be called in an attempt: all that it
 * changes belongs to the call, and is forgotten with it. Where it does more, it calls {@link irrevocable} first.
 */
export function repeatable<F extends object>(fn: F): F {
  repeatableFunctions.add(fn);
  return fn;
}

/** Whether the function was marked by {@link repeatable}. */
export function isRepeatable(fn: unknown): boolean {
  return typeof fn === "function" && repeatableFunctions.has(fn);
}

/** An attempt is synchronous, so that there is never more than one in a thread. */
export const attempts = { isUnderWay: false, isVoid: false };

/** Ends the attempt that is under way, if there is one: thrown through the guest, which cannot keep it from being void. */
export function irrevocable(): void {
  if (!attempts.isUnderWay) return;
  attempts.isVoid = true;
  throw voidAttempt;
}

/** One for all: it is thrown often, and its stack tells nothing. */
export const voidAttempt = new Error("the guest is called anew, in a way that can wait");
