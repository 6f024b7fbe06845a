import { suspending } from "@holdfast/component-host";

type Method = (...args: never[]) => unknown;

/** Marks the methods of a class whose answer may be a promise; called in its static block. */
export function suspendingMethods<Name extends string>(methods: Record<Name, Method>, ...names: Name[]): void {
  for (const name of names) methods[name] = suspending(methods[name]);
}
