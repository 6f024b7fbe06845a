/**
 * What runs one call: an instance of a component together with instances of the components that it imports from. They live, are restored
 * and die together, so that isolation by call holds across them, and resources can pass between them.
 */
import { type CompiledComponent, type ComponentInstance, instantiate } from "@holdfast/component-host";
import { createWasi, type HostNetwork, type VirtualLoopback, type Volume, type Wasi } from "@holdfast/wasi";
import type { ImportObjects } from "../bindings.ts";
import type { Peer } from "../channel/peer.ts";
import type { LoadedComponent } from "../workloads/isolate.ts";
import { everything } from "../workloads/allowed-hosts.ts";
import { canStandFor, parseInterfaceName } from "../workloads/interface-name.ts";
import type { LinkPlan, Source } from "../workloads/link-plan.ts";
import type { Holder } from "./instance-memory.ts";
import type { Log } from "./log-limit.ts";
import { outgoingBackend } from "./outgoing-backend.ts";

/** A component and what its imports are made of. */
export type Part = {
  readonly component: LoadedComponent;
  readonly compiled: CompiledComponent;
  readonly peer: Peer;
  readonly mounts: readonly OpenMount[];
  /** The workload's own 127.0.0.1: its service listens there, its components connect. */
  readonly loopback: VirtualLoopback;
  readonly log: Log;
  /** What sockets leave through. */
  readonly network: HostNetwork;
  /** By plugin. Called for each instance. */
  readonly pluginImports: ReadonlyMap<string, () => ImportObjects>;
};

export type OpenMount = { readonly volume: Volume; readonly path: string; readonly readOnly: boolean };

export type UnitPlan = { readonly parts: ReadonlyMap<string, Part>; readonly sources: LinkPlan["sources"] };

export type UnitInstance = {
  readonly instance: ComponentInstance;
  readonly wasi: Wasi;
  readonly component: LoadedComponent;
};

export type Unit = Holder & {
  /** The component that is called. */
  readonly root: UnitInstance;
  readonly instances: readonly ComponentInstance[];
  /** Calls so far. */
  uses: number;
  /** As after instantiation; false when it has to be discarded. */
  restore(): boolean;
  /** Ends what a call left open, keeping the guest's own state; false when it has to be discarded. */
  tidy(): boolean;
};

/** Instantiates a component and what it imports from. Throws what `instantiate` does. */
export function makeUnit(name: string, plan: UnitPlan): Unit {
  const made = new Map<string, UnitInstance>();
  const root = instanceOf(name, plan, made);
  const all = [...made.values()];
  for (const { instance } of all) instance.snapshot();
  const excess = excessOf(all);
  if (excess !== undefined) throw new Error(excess);
  return {
    get memoryBytes() {
      return all.reduce((sum, { instance }) => sum + instance.memoryBytes, 0);
    },
    get excess() {
      return excessOf(all);
    },
    root,
    instances: all.map(({ instance }) => instance),
    uses: 0,
    restore() {
      for (const { wasi } of all) wasi.reset();
      return all.every(({ instance }) => instance.restore());
    },
    tidy() {
      for (const { wasi } of all) wasi.reset();
      return all.every(({ instance }) => instance.trapped === undefined);
    },
  };
}

const MiB = 1024 ** 2;

/** Each memory has the component's limit built in; all of one component have it together. */
function excessOf(instances: readonly UnitInstance[]): string | undefined {
  for (const { instance, component } of instances) {
    const { name, memoryLimitMb } = component;
    if (instance.memoryBytes <= memoryLimitMb * MiB) continue;
    const heldMb = Math.ceil(instance.memoryBytes / MiB);
    return `component \`${name}\`: its memories hold ${heldMb} MiB together, more than its limit of ${memoryLimitMb}`;
  }
  return undefined;
}

function instanceOf(name: string, plan: UnitPlan, made: Map<string, UnitInstance>): UnitInstance {
  const known = made.get(name);
  if (known !== undefined) return known;
  const part = plan.parts.get(name);
  if (part === undefined) throw new Error(`there is no component ${name}`);
  const wasi = wasiFor(part);
  const imports: Record<string, object> = {};
  const ofPlugins = new Map<string, ImportObjects>();
  for (const [wanted, source] of Object.entries(plan.sources[name] ?? {})) {
    const found = objectFor(wanted, source, { plan, made, part, wasi, ofPlugins });
    if (found !== undefined) imports[wanted] = found;
  }
  const unit = { instance: instantiate(part.compiled, imports), wasi, component: part.component };
  made.set(name, unit);
  return unit;
}

type Linking = {
  readonly plan: UnitPlan;
  readonly made: Map<string, UnitInstance>;
  readonly part: Part;
  readonly wasi: Wasi;
  readonly ofPlugins: Map<string, ImportObjects>;
};

/** Undefined: the linker says that it is missing. */
function objectFor(wanted: string, source: Source, linking: Linking): object | undefined {
  if (source.kind === "host") return compatible(wanted, linking.wasi.imports);
  if (source.kind === "component") {
    return instanceOf(source.component, linking.plan, linking.made).instance.getInterface(source.export);
  }
  let objects = linking.ofPlugins.get(source.plugin);
  if (objects === undefined) {
    objects = linking.part.pluginImports.get(source.plugin)?.() ?? {};
    linking.ofPlugins.set(source.plugin, objects);
  }
  return compatible(wanted, objects);
}

function compatible(wanted: string, objects: Readonly<Record<string, object>>): object | undefined {
  const exact = objects[wanted];
  const asked = parseInterfaceName(wanted);
  if (exact !== undefined || asked === undefined) return exact;
  for (const [name, object] of Object.entries(objects)) {
    const offered = parseInterfaceName(name);
    if (offered !== undefined && canStandFor(offered, asked)) return object;
  }
  return undefined;
}

function wasiFor({ component, peer, mounts, loopback, network, log }: Part): Wasi {
  const { name, resources, isService } = component;
  const { allowedHosts, allowedIpNameLookups, allowedHostLoopbackPorts } = resources;
  const print = (context: "stdout" | "stderr") => (message: string) =>
    log(name, { level: context === "stdout" ? "info" : "warn", context, message });
  return createWasi({
    cli: { environment: resources.environment, stdout: print("stdout"), stderr: print("stderr") },
    http: {
      outgoing: {
        backend: outgoingBackend(peer, name),
        // wasmCloud's rule: without a list, all; what is forbidden anyway, the main thread knows
        allowedHosts: allowedHosts.length === 0 || allowedHosts.includes(everything) ? "any" : allowedHosts,
      },
    },
    filesystem: { mounts },
    sockets: {
      loopback,
      mayListen: isService,
      // sockets reach only what is named
      outgoing: { network, allowedHosts, allowedIpNameLookups, allowedHostLoopbackPorts },
    },
  });
}
