import { ComponentError } from "@holdfast/component-host";

/** For tests: the error value that a call of a WIT function answered with. */
export function payloadOf(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    if (error instanceof ComponentError) return error.payload;
    throw error;
  }
  throw new Error("the call answered without an error");
}

export const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
export const bytes = (from: string): Uint8Array => new TextEncoder().encode(from);
