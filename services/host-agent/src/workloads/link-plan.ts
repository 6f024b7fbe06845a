/**
 * Who satisfies the imports of a workload's components: the host's own WASI, another component of the workload, or a plugin that the
 * workload declares. Pure. What is not declared is not there (deny by default), and the refusal has wasmCloud's words.
 */
import type { WitInterface } from "@holdfast/host-protocol";
import type { Offer } from "../plugin.ts";
import { canStandFor, names, type InterfaceName, parseInterfaceName, showEntry } from "./interface-name.ts";

/** A component as its binary describes it. */
export type ComponentShape = {
  readonly name: string;
  readonly imports: readonly string[];
  readonly exports: readonly string[];
};

export type Source =
  | { readonly kind: "host" }
  | { readonly kind: "component"; readonly component: string; readonly export: string }
  | { readonly kind: "plugin"; readonly plugin: string };

/** component -> import -> who satisfies it. */
export type LinkPlan = {
  readonly sources: Readonly<Record<string, Readonly<Record<string, Source>>>>;
  /** Components in an order in which each comes after those it imports from. */
  readonly order: readonly string[];
};

/** A workload that cannot be linked. */
export class LinkFailed extends Error {
  override readonly name = "LinkFailed";
}

/** WASI that needs no declaration: nothing in it is ambient. */
const withoutDeclaration = new Set(["io", "clocks", "random", "cli", "filesystem", "sockets"]);
const isCore = ({ namespace, package: name }: InterfaceName) => namespace === "wasi" && withoutDeclaration.has(name);

/** Interfaces that say what others of their package give and take come with any of them, as wasmCloud's manifests have it. */
const companions = new Set([
  "wasi:http/types",
  "wasi:blobstore/types",
  "wasi:blobstore/container",
  "wasmcloud:messaging/types",
]);
const nameOf = ({ namespace, package: name, interface: wanted }: InterfaceName) => `${namespace}:${name}/${wanted}`;

/**
 * Linked with any interface of its package, for its calls are judged one by one: components on StarlingMonkey (TypeScript, JavaScript)
 * import it for `fetch`, whether they use it or not. See `mayRequest`.
 */
const outgoingHandler = "wasi:http/outgoing-handler";
const comesWithPackage = (wanted: InterfaceName) =>
  companions.has(nameOf(wanted)) || nameOf(wanted) === outgoingHandler;

export type Offered = { readonly plugin: string; readonly imports: readonly Offer[] };

export type LinkQuestion = {
  readonly components: readonly ComponentShape[];
  /** The workload's hostInterfaces. */
  readonly declared: readonly WitInterface[];
  readonly plugins: readonly Offered[];
  /** What the host offers besides plugins and core WASI: wasi:http. */
  readonly host: readonly Offer[];
};

/** Throws `LinkFailed` with the component and the import. */
export function planLinks(question: LinkQuestion): LinkPlan {
  const sources: Record<string, Record<string, Source>> = {};
  for (const component of question.components) {
    const own: Record<string, Source> = {};
    for (const wanted of component.imports) own[wanted] = sourceOf(wanted, component, question);
    sources[component.name] = own;
  }
  return { sources, order: orderOf(question.components, sources) };
}

function sourceOf(name: string, component: ComponentShape, question: LinkQuestion): Source {
  const wanted = parseInterfaceName(name);
  const missing = (why: string) =>
    new LinkFailed(
      `component \`${component.name}\`: component imports instance \`${name}\`, but a matching implementation was not found in the ` +
        `linker: ${why}`,
    );
  if (wanted === undefined) throw missing("only interfaces can be imported here");
  if (isCore(wanted)) return { kind: "host" };
  const sibling = siblingFor(wanted, component, question.components);
  if (sibling !== undefined) return sibling;
  const isDeclared = question.declared.some((entry) =>
    names(comesWithPackage(wanted) ? { ...entry, interfaces: [] } : entry, wanted),
  );
  const plugin = question.plugins.find(({ imports }) => imports.some((offer) => names(offer, wanted)));
  const isHosts = question.host.some((offer) => names(offer, wanted));
  if (plugin === undefined && !isHosts)
    throw missing("neither this host nor another component of the workload offers it");
  if (!isDeclared) throw missing("the workload does not declare it under hostInterfaces");
  return plugin === undefined ? { kind: "host" } : { kind: "plugin", plugin: plugin.plugin };
}

/** A component of the workload that exports what is wanted. */
function siblingFor(
  wanted: InterfaceName,
  { name }: ComponentShape,
  components: readonly ComponentShape[],
): Source | undefined {
  for (const sibling of components) {
    if (sibling.name === name) continue;
    const found = sibling.exports.find((each) => {
      const offered = parseInterfaceName(each);
      return offered !== undefined && canStandFor(offered, wanted);
    });
    if (found !== undefined) return { kind: "component", component: sibling.name, export: found };
  }
  return undefined;
}

function orderOf(components: readonly ComponentShape[], sources: LinkPlan["sources"]): string[] {
  const order: string[] = [];
  const open = new Set<string>();
  const visit = (name: string) => {
    if (order.includes(name)) return;
    if (open.has(name))
      throw new LinkFailed(`components import from each other in a circle: ${[...open, name].join(" -> ")}`);
    open.add(name);
    for (const source of Object.values(sources[name] ?? {})) if (source.kind === "component") visit(source.component);
    open.delete(name);
    order.push(name);
  };
  for (const { name } of components) visit(name);
  return order;
}

/** Whether components may send HTTP requests: only what is declared by name may be called, wherever it is linked. */
export function mayRequest(declared: readonly WitInterface[]): boolean {
  return declared.some((entry) =>
    names(entry, { namespace: "wasi", package: "http", interface: "outgoing-handler", version: "" }),
  );
}

/**
 * What is declared and this host does not have, in words. That alone is no reason to fail: wasmCloud's manifests declare more than their
 * components import, and what is imported is judged by `planLinks`.
 */
export function unknownInterfaces(declared: readonly WitInterface[], offers: readonly Offer[]): string[] {
  return declared.flatMap((entry) => {
    const ofPackage = offers.filter((offer) => names({ ...offer, interfaces: [] }, { ...entry, interface: "" }));
    const isKnown = (name: string) => ofPackage.some(({ interfaces }) => interfaces.includes(name));
    const interfaces = ofPackage.length === 0 ? entry.interfaces : entry.interfaces.filter((name) => !isKnown(name));
    if (ofPackage.length > 0 && interfaces.length === 0) return [];
    return [
      `hostInterfaces: this host does not offer ${showEntry({ ...entry, interfaces })}, which no component imports`,
    ];
  });
}
