import { repeatable } from "../repeatable.ts";
import type { ResourceOwner } from "../abi/guest-resource.ts";
import { camelCase, parseFunctionName, pascalCase } from "../names.ts";
import type { WorldItem } from "../plan/plan.ts";
import { suspending } from "../suspending.ts";
import type { Linker } from "./linker.ts";

/** A function that a component exports. */
export type ExportedFunction = (...args: unknown[]) => unknown;

/** An exported instance: functions in camelCase, resources as classes in PascalCase. Fit to be given as an import. */
export type ExportedInterface = Readonly<Record<string, ExportedFunction>>;

/** Exports by their full names; functions that the world exports directly are in camelCase too. */
export type ComponentExports = Readonly<Record<string, ExportedFunction | ExportedInterface>>;

/** What a root instance exports, in the shape of jco's. */
export function makeExports(items: readonly WorldItem[], linker: Linker): ComponentExports {
  const exports: Record<string, ExportedFunction | ExportedInterface> = {};
  const free = new InterfaceBuilder(linker);
  for (const item of items) {
    if (item.kind === "instance") exports[item.name] = makeInterface(item.items, linker);
    else free.add(item);
  }
  return Object.assign(exports, free.members);
}

function makeInterface(items: readonly WorldItem[], linker: Linker): ExportedInterface {
  const builder = new InterfaceBuilder(linker);
  for (const item of items) builder.add(item);
  return builder.members;
}

type FunctionItem = Extract<WorldItem, { readonly kind: "func" }>;

class InterfaceBuilder {
  readonly members: Record<string, ExportedFunction> = {};
  readonly #linker: Linker;
  readonly #owners = new Map<string, ResourceOwner>();

  constructor(linker: Linker) {
    this.#linker = linker;
  }

  add(item: WorldItem): void {
    if (item.kind === "type") this.#addType(item);
    if (item.kind === "func") this.#addFunction(item);
  }

  #addType({ name, type }: Extract<WorldItem, { readonly kind: "type" }>): void {
    if (type.kind !== "resource") return;
    const owner = this.#linker.owners[type.id];
    if (owner === undefined) return;
    this.#owners.set(name, owner);
    this.members[pascalCase(name)] = constructorOf(owner);
  }

  #addFunction(item: FunctionItem): void {
    const name = parseFunctionName(item.name);
    const fn = this.#callable(item);
    if (name.kind === "function") {
      this.members[camelCase(name.name)] = fn;
      return;
    }
    const owner = this.#owners.get(name.resource);
    if (owner === undefined) return;
    if (name.kind === "constructor") addConstructor(owner, fn, this.#linker.suspends(item.func));
    else if (name.kind === "static") define(owner.resourceClass, camelCase(name.name), fn);
    else define(owner.resourceClass.prototype, camelCase(name.name), this.#method(item));
  }

  #callable({ func }: FunctionItem): ExportedFunction {
    const callee = this.#linker.callee(func);
    const fn = repeatable((...args: unknown[]) => callee.call(args));
    return callee.suspends ? suspending(fn) : fn;
  }

  #method({ func }: FunctionItem): ExportedFunction {
    const callee = this.#linker.callee(func);
    const method = repeatable(function method(this: unknown, ...args: unknown[]) {
      return callee.call([this, ...args]);
    });
    return callee.suspends ? suspending(method) : method;
  }
}

function addConstructor(owner: ResourceOwner, fn: ExportedFunction, suspends: boolean): void {
  owner.construct = fn;
  repeatable(owner.resourceClass);
  if (suspends) suspending(owner.resourceClass);
}

function define(target: object, name: string, value: ExportedFunction): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true });
}

/** The class of a resource: called by `new`, like any exported function listed by name. */
function constructorOf(owner: ResourceOwner): ExportedFunction {
  const { resourceClass } = owner;
  return Object(resourceClass);
}
