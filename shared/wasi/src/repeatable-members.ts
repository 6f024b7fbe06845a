import { repeatable } from "@holdfast/component-host";

/** Marks what a class does, and making one, as repeatable; called in its static block. */
export function repeatableClass(target: { readonly prototype: object }): void {
  repeatable(target);
  repeatableMembers(target);
  repeatableMembers(target.prototype);
}

/** Marks the functions of an interface, or the methods of an object. */
export function repeatableMembers<T extends object>(members: T): T {
  for (const { value } of Object.values(Object.getOwnPropertyDescriptors(members))) {
    if (typeof value === "function") repeatable(value);
  }
  return members;
}
