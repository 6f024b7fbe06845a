/** The components of this worker: compiled, then linked to each other, to WASI and to plugins' bindings. */
import { Attempts, type CompiledComponent, compileComponent } from "@holdfast/component-host";
import { VirtualLoopback, Volume } from "@holdfast/wasi";
import type { BindInterface, LogEntry, Remote } from "../bindings.ts";
import type { Peer } from "../channel/peer.ts";
import { resolveOwnNames } from "../plugins/own-names.ts";
import type { Backend } from "../plugin.ts";
import type { LoadInput } from "../isolates/wire.ts";
import type { BoundBindings, LinkRequest, LoadedComponent, MountedVolume } from "../workloads/isolate.ts";
import type { ComponentShape } from "../workloads/link-plan.ts";
import { currentTrace } from "./call-trace.ts";
import { guardedNetwork } from "./guarded-network.ts";
import { InstanceMemory } from "./instance-memory.ts";
import { limitedLog } from "./log-limit.ts";
import { UnitPool } from "./pool.ts";
import { makeUnit, type OpenMount, type Part, type UnitPlan } from "./unit.ts";

export type Guest = { readonly name: string; readonly pool: UnitPool; readonly attempts: Attempts };

export type Guests = {
  readonly shapes: readonly ComponentShape[];
  link(request: LinkRequest): Promise<void>;
  get(name: string): Guest;
  readonly service: Guest | undefined;
};

type Loaded = {
  readonly component: LoadedComponent;
  readonly compiled: CompiledComponent;
  readonly shape: ComponentShape;
};

const MiB = 1024 ** 2;

/** Compiles all components. Rejects naming the component that cannot be. */
export async function loadGuests({ components, memoryMaxMb, deniedNetworks }: LoadInput, peer: Peer): Promise<Guests> {
  const loaded = new Map<string, Loaded>();
  for (const component of components) loaded.set(component.name, await load(component));
  const guests = new Map<string, Guest>();
  const largestMb = Math.max(...components.map(({ memoryLimitMb }) => memoryLimitMb));
  const memoryOf = () =>
    new InstanceMemory({
      // what one call may have, a workload may have
      maxBytes: Math.max(memoryMaxMb, largestMb) * MiB,
      onOver: (reason) => peer.notify("exhausted", reason),
    });
  const ofCalls = memoryOf();

  const link = async (request: LinkRequest) => {
    const binders = await importBindings(request.bindings);
    const log = limitedLog((component, entry) => peer.notify("log", { component, entry }));
    const shared = { peer, log, loopback: new VirtualLoopback(), network: guardedNetwork(deniedNetworks) };
    const plan: UnitPlan = { parts: partsOf(loaded, request, shared, binders), sources: request.plan.sources };
    for (const name of request.plan.order) {
      const part = plan.parts.get(name);
      if (part === undefined) throw new Error(`there is no component ${name}`);
      // a service never ends: no call is to wait for it
      const memory = part.component.isService ? memoryOf() : ofCalls;
      const pool = new UnitPool(part.component, memory, () => named(name, () => makeUnit(name, plan)));
      // the first one tells whether it can be instantiated at all
      pool.warm();
      guests.set(name, { name, pool, attempts: new Attempts() });
    }
  };

  return {
    shapes: [...loaded.values()].map(({ shape }) => shape),
    link,
    get(name) {
      const guest = guests.get(name);
      if (guest === undefined) throw new Error(`there is no component ${name}`);
      return guest;
    },
    get service() {
      const service = components.find(({ isService }) => isService);
      return service && guests.get(service.name);
    },
  };
}

/** What goes wrong in `work` is told with the component's name. */
function named<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Error(`component \`${name}\`: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

async function load(component: LoadedComponent): Promise<Loaded> {
  const { name, bytes, memoryLimitMb } = component;
  const compiled = await compileComponent(bytes, { memoryMaxBytes: memoryLimitMb * MiB }).catch((error: unknown) =>
    named(name, () => {
      throw error;
    }),
  );
  // A type alone needs no implementation.
  const names = (items: CompiledComponent["imports"]) =>
    items.filter(({ kind }) => kind !== "type").map((item) => item.name);
  return { component, compiled, shape: { name, imports: names(compiled.imports), exports: names(compiled.exports) } };
}

type Binders = ReadonlyMap<string, { readonly bound: BoundBindings; readonly bind: BindInterface<Backend> }>;

async function importBindings(bindings: readonly BoundBindings[]): Promise<Binders> {
  const binders = new Map<string, { bound: BoundBindings; bind: BindInterface<Backend> }>();
  resolveOwnNames();
  for (const bound of bindings) {
    const module: { bind?: unknown } = await import(bound.module);
    if (typeof module.bind !== "function") throw new Error(`plugin ${bound.plugin}: its bindings export no bind`);
    // A plugin's module promises this shape (bindings.ts); there is no way to see more of a function.
    binders.set(bound.plugin, { bound, bind: module.bind as BindInterface<Backend> });
  }
  return binders;
}

/** Each component with what makes its imports. */
function partsOf(
  loaded: ReadonlyMap<string, Loaded>,
  { volumes }: LinkRequest,
  shared: Pick<Part, "peer" | "log" | "loopback" | "network">,
  binders: Binders,
): ReadonlyMap<string, Part> {
  const { peer, log } = shared;
  const parts = new Map<string, Part>();
  const opened = new Map<string, Volume>();
  for (const [name, { component, compiled }] of loaded) {
    parts.set(name, {
      component,
      compiled,
      ...shared,
      mounts: (volumes[name] ?? []).map((mount) => openMount(mount, opened)),
      pluginImports: new Map(
        [...binders].map(([plugin, { bound, bind }]) => {
          const info = bound.components[name];
          if (info === undefined) throw new Error(`plugin ${plugin} was not bound to ${name}`);
          const component = { ...info, log: (entry: LogEntry) => log(name, entry) };
          return [plugin, () => bind(remoteOf(peer, plugin, name), component)];
        }),
      ),
    });
  }
  return parts;
}

/** Each folder is one volume, so that what its components use of it is counted together. */
function openMount({ hostPath, guestPath, readOnly, maxBytes }: MountedVolume, opened: Map<string, Volume>): OpenMount {
  let volume = opened.get(hostPath);
  if (volume === undefined) {
    volume = new Volume({ hostPath, ...(maxBytes !== undefined && { maxBytes }) });
    opened.set(hostPath, volume);
  }
  return { volume, path: guestPath, readOnly };
}

/** A backend in the main thread: each property is an operation. */
function remoteOf(peer: Peer, plugin: string, component: string): Remote<Backend> {
  return new Proxy<Remote<Backend>>(
    {},
    {
      get: (_target, operation) =>
        typeof operation === "string" && operation !== "then"
          ? (...args: unknown[]) =>
              peer.call("backend", { plugin, component, operation, args }, { traceparent: currentTrace() })
          : undefined,
    },
  );
}
