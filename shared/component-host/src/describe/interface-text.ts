import { parseFunctionName } from "../names.ts";
import type { NamedType, WorldItem } from "../plan/plan.ts";
import { primitiveTypes } from "../types/make-types.ts";
import { definitionLines, functionText, type NameOfType, paramsText } from "./type-text.ts";

/** Where each type got its name: the first interface that exports it. */
export class TypeNames {
  readonly #origins = new Map<NamedType, { readonly interfaceName: string; readonly name: string }>();

  constructor(items: readonly WorldItem[]) {
    for (const item of items) {
      if (item.kind === "instance") for (const inner of item.items) this.#note(item.name, inner);
      else this.#note("", item);
    }
  }

  originOf(type: NamedType): { readonly interfaceName: string; readonly name: string } | undefined {
    return this.#origins.get(type);
  }

  #note(interfaceName: string, item: WorldItem): void {
    if (item.kind !== "type" || isPrimitive(item.type) || this.#origins.has(item.type)) return;
    this.#origins.set(item.type, { interfaceName, name: item.name });
  }
}

const primitives = new Set<NamedType>(Object.values(primitiveTypes));
const isPrimitive = (type: NamedType) => primitives.has(type);

type FunctionItem = Extract<WorldItem, { readonly kind: "func" }>;
type TypeItem = Extract<WorldItem, { readonly kind: "type" }>;

/** The lines of an interface's body: types used from others, types, resources with their functions, functions. */
export function interfaceLines(interfaceName: string, items: readonly WorldItem[], names: TypeNames): string[] {
  const types = items.filter((item) => item.kind === "type");
  const functions = items.filter((item) => item.kind === "func");
  const local = new Map<NamedType, string>();
  // a type with several names is defined under the first
  for (const { name, type } of types.toReversed()) if (!isPrimitive(type)) local.set(type, name);
  const nameOf: NameOfType = (type) => local.get(type) ?? (isPrimitive(type) ? undefined : names.originOf(type)?.name);
  const used = types.filter((item) => isUsed(interfaceName, item, names));
  return [
    ...useLines(used, names),
    ...types.filter((item) => !used.includes(item)).flatMap((item) => typeLines(item, functions, local, nameOf)),
    ...functions
      .filter((item) => parseFunctionName(item.name).kind === "function")
      .map((item) => {
        return `${item.name}: ${functionText(item.type, nameOf)};`;
      }),
  ];
}

function isUsed(interfaceName: string, { type }: TypeItem, names: TypeNames): boolean {
  const origin = names.originOf(type);
  return origin !== undefined && origin.interfaceName !== interfaceName && origin.interfaceName !== "";
}

function useLines(used: readonly TypeItem[], names: TypeNames): string[] {
  const byInterface = new Map<string, string[]>();
  for (const { name, type } of used) {
    const origin = names.originOf(type);
    if (origin === undefined) continue;
    const renamed = origin.name === name ? name : `${origin.name} as ${name}`;
    byInterface.set(origin.interfaceName, [...(byInterface.get(origin.interfaceName) ?? []), renamed]);
  }
  return [...byInterface].map(([interfaceName, types]) => `use ${interfaceName}.{${types.join(", ")}};`);
}

function typeLines(
  { name, type }: TypeItem,
  functions: readonly FunctionItem[],
  local: ReadonlyMap<NamedType, string>,
  nameOf: NameOfType,
): string[] {
  const first = local.get(type);
  if (first !== undefined && first !== name) return [`type ${name} = ${first};`];
  if (type.kind === "resource") return resourceLines(name, functions, nameOf);
  if (type.kind === "func") return [];
  return definitionLines(name, type, (other) => (other === type ? undefined : nameOf(other)));
}

function resourceLines(resource: string, functions: readonly FunctionItem[], nameOf: NameOfType): string[] {
  const members = functions.flatMap((item) => {
    const name = parseFunctionName(item.name);
    if (name.kind === "function" || name.resource !== resource) return [];
    if (name.kind === "constructor") return [`  constructor${paramsText(item.type, nameOf)};`];
    if (name.kind === "static") return [`  ${name.name}: static ${functionText(item.type, nameOf)};`];
    return [`  ${name.name}: ${functionText(item.type, nameOf, 1)};`];
  });
  return members.length === 0 ? [`resource ${resource};`] : [`resource ${resource} {`, ...members, "}"];
}
