import { ComponentError, Trap } from "../errors.ts";
import { webAssembly } from "../web-assembly.ts";

/** What a host function threw, when it stands for the `err` of its result: jco's rule. */
export function payloadOf(thrown: unknown): { readonly payload: unknown } | undefined {
  if (thrown instanceof ComponentError) return thrown;
  if (thrown instanceof Error)
    return Object.hasOwn(thrown, "payload") ? { payload: Reflect.get(thrown, "payload") } : undefined;
  return { payload: thrown };
}

/**
 * What leaves a guest that failed: WebAssembly's own errors become traps; what a host function threw on purpose (an
 * exit, say) stays what it is.
 */
export function trapOf(thrown: unknown): unknown {
  if (thrown instanceof webAssembly.RuntimeError) return new Trap(thrown.message, { cause: thrown });
  if (thrown instanceof webAssembly.SuspendError) {
    return new Trap("the guest can not wait in a destructor or a start function", { cause: thrown });
  }
  if (thrown instanceof RangeError && thrown.message.includes("call stack")) {
    return new Trap("the call stack is exhausted", { cause: thrown });
  }
  if (thrown instanceof Error) return thrown;
  return new Trap("an uncaught exception of the guest", { cause: thrown });
}
