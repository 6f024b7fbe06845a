/** Names of interfaces as they stand in component binaries: `wasi:http/types@0.2.3`, and whether one can stand for another. */
import type { WitInterface } from "@holdfast/host-protocol";

export type InterfaceName = {
  readonly namespace: string;
  readonly package: string;
  readonly interface: string;
  /** "" when there is none. */
  readonly version: string;
};

/** Undefined for a name that is no interface's: a function or a type imported by itself. */
export function parseInterfaceName(name: string): InterfaceName | undefined {
  const match = /^([\w-]+):([\w-]+)\/([\w-]+)(?:@(.+))?$/.exec(name);
  if (match === null) return undefined;
  const [, namespace = "", packageName = "", interfaceName = "", version = ""] = match;
  return { namespace, package: packageName, interface: interfaceName, version };
}

/** What two versions must share: the first number that is not 0, and everything before it (semver's rule). */
function compatibilityOf(version: string): string {
  const [numbers = ""] = version.split(/[-+]/);
  const parts = numbers.split(".");
  const significant = parts.findIndex((part) => part !== "0");
  return significant < 0 ? numbers : parts.slice(0, significant + 1).join(".");
}

/** `0.2.0` and `0.2.6` are, and so are `0.2.0-draft` and `0.2.0`, as wasmCloud has it; a missing version goes with all. */
export function areCompatible(one: string, other: string): boolean {
  return one === "" || other === "" || one === other || compatibilityOf(one) === compatibilityOf(other);
}

/** Whether one interface can stand where the other is asked for. */
export function canStandFor(offered: InterfaceName, wanted: InterfaceName): boolean {
  return (
    offered.namespace === wanted.namespace &&
    offered.package === wanted.package &&
    offered.interface === wanted.interface &&
    areCompatible(offered.version, wanted.version)
  );
}

type Entry = Pick<WitInterface, "namespace" | "package" | "version" | "interfaces">;

/** Whether an entry of a list of interfaces names this one. An entry without interfaces names all of its package. */
export function names(entry: Entry, wanted: InterfaceName): boolean {
  return (
    entry.namespace === wanted.namespace &&
    entry.package === wanted.package &&
    (entry.interfaces.length === 0 || entry.interfaces.includes(wanted.interface)) &&
    areCompatible(entry.version, wanted.version)
  );
}

/** `wasi:keyvalue/{store,atomics}@0.2.0` */
export function showEntry({ namespace, package: name, interfaces, version }: Entry): string {
  const inside = interfaces.length > 1 ? `{${interfaces.join(",")}}` : (interfaces[0] ?? "*");
  return `${namespace}:${name}/${inside}${version === "" ? "" : `@${version}`}`;
}
