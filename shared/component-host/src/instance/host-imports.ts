import type { Callee } from "../abi/lower.ts";
import { irrevocable, isRepeatable } from "../repeatable.ts";
import { LinkError } from "../errors.ts";
import { camelCase, findCompatible, parseFunctionName, pascalCase } from "../names.ts";
import type { ComponentPlan, ImportedFunction, WorldItem } from "../plan/plan.ts";
import { isSuspending } from "../suspending.ts";

/**
 * What the host gives a component: interfaces by name (`wasi:io/streams@0.2.6`, a compatible version, or without one),
 * each an object of functions and classes in jco's shape; functions that the world imports directly, by their name.
 */
export type ComponentImports = Readonly<Record<string, object>>;

type HostFunction = (...args: unknown[]) => unknown;

const isFunction = (value: unknown): value is HostFunction => typeof value === "function";

type Class = new (...args: unknown[]) => object;
const isClass = (value: unknown): value is Class => typeof value === "function";

/** One callee for each function that the plan imports. Throws a LinkError that names what is missing. */
export function bindImports(plan: ComponentPlan, imports: ComponentImports): Callee[] {
  const names = Object.keys(imports);
  const found = new Map<string, object | undefined>();
  for (const { name } of plan.imports) {
    const key = findCompatible(name, names);
    found.set(name, key === undefined ? undefined : imports[key]);
  }
  for (const item of plan.imports) checkProvided(item, found);
  return plan.importedFunctions.map((func) => bindFunction(func, found));
}

/** What the host gives for each import of the component. */
type Provided = ReadonlyMap<string, object | undefined>;

function checkProvided(item: WorldItem, provided: Provided): void {
  // an instance of nothing but types takes no implementation
  if (item.kind === "type" || (item.kind === "instance" && item.items.every((inner) => inner.kind === "type"))) return;
  if (provided.get(item.name) !== undefined) return;
  const kind = item.kind === "func" ? "function" : "instance";
  throw new LinkError(
    `component imports ${kind} \`${item.name}\`, but a matching implementation was not found in the linker`,
  );
}

function bindFunction({ importName, name }: ImportedFunction, provided: Provided): Callee {
  const implementation = provided.get(importName);
  if (name === undefined) {
    if (isFunction(implementation)) return freeFunction(importName, implementation, undefined);
    throw missing(importName, "it is not a function");
  }
  if (implementation === undefined) throw missing(importName, `\`${name}\` is missing`);
  return bindMember(importName, name, implementation);
}

function missing(importName: string, why: string): LinkError {
  return new LinkError(
    `component imports instance \`${importName}\`, but a matching implementation was not found in the linker: ${why}`,
  );
}

function bindMember(importName: string, name: string, implementation: object): Callee {
  const parsed = parseFunctionName(name);
  const label = `${importName}#${name}`;
  if (parsed.kind === "function") {
    const fn = memberOf(implementation, camelCase(parsed.name));
    if (!isFunction(fn)) throw missing(importName, `the function \`${name}\` is missing`);
    return freeFunction(label, fn, implementation);
  }
  const resource = memberOf(implementation, pascalCase(parsed.resource));
  if (!isClass(resource)) throw missing(importName, `the resource \`${parsed.resource}\` is missing`);
  if (parsed.kind === "constructor") {
    return { name: label, ...marksOf(resource), call: (args) => new resource(...args) };
  }
  const member = camelCase(parsed.name);
  if (parsed.kind === "static") {
    const fn = memberOf(resource, member);
    if (!isFunction(fn)) throw missing(importName, `the function \`${name}\` is missing`);
    return freeFunction(label, fn, resource);
  }
  const method = member === "constructor" ? undefined : memberOf(resource.prototype, member);
  if (!isFunction(method)) throw missing(importName, `the method \`${name}\` is missing`);
  return methodOf(label, member, method);
}

/** What functions and objects have of themselves; `constructor` of a function compiles any text. */
const inherited = new Set(
  [Object.prototype, Function.prototype].flatMap((prototype) => Object.getOwnPropertyNames(prototype)),
);

/** A guest may name what it imports as it likes: it gets what the host put there, itself or by a class. */
function memberOf(target: object, name: string): unknown {
  return inherited.has(name) && !isPutThere(target, name) ? undefined : Reflect.get(target, name);
}

function isPutThere(target: object, name: string): boolean {
  if (name === "constructor") return Object.hasOwn(target, name);
  for (let at: object | null = target; at !== null; at = Reflect.getPrototypeOf(at)) {
    if (at === Object.prototype || at === Function.prototype) return false;
    if (Object.hasOwn(at, name)) return true;
  }
  return false;
}

const marksOf = (fn: unknown) => ({ suspends: isSuspending(fn), isRepeatable: isRepeatable(fn) });

const hasMembers = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

function freeFunction(name: string, fn: HostFunction, self: object | undefined): Callee {
  return { name, ...marksOf(fn), call: (args) => Reflect.apply(fn, self, args) };
}

/** Calls the object's own method: a host may give objects of derived classes. */
function methodOf(name: string, member: string, linked: HostFunction): Callee {
  const call = (args: unknown[]) => {
    const [self, first, second] = args;
    const method: unknown = hasMembers(self) ? self[member] : undefined;
    if (!isFunction(method)) throw new TypeError(`${name}: the object has no method ${member}`);
    if (method !== linked && !isRepeatable(method)) irrevocable();
    switch (args.length) {
      case 1:
        return method.call(self);
      case 2:
        return method.call(self, first);
      case 3:
        return method.call(self, first, second);
      default:
        return Reflect.apply(method, self, args.slice(1));
    }
  };
  return { name, ...marksOf(linked), call };
}
