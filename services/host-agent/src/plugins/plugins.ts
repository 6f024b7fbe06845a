/** The plugins of a host, and what one workload has bound of them. */
import type { WitInterface } from "@holdfast/host-protocol";
import type { Logger } from "@holdfast/runtime";
import type { BoundBindings } from "../workloads/isolate.ts";
import type {
  Backend,
  BoundPlugin,
  ComponentInfo,
  HostPlugin,
  Offer,
  PluginHost,
  RunningWorkload,
  WorkloadInfo,
} from "../plugin.ts";

/** How long one plugin may take to stop, as wash-runtime has it. Milliseconds. */
const stopMs = 3_000;

const offersOf = ({ imports, exports }: HostPlugin): readonly Offer[] => [...imports, ...exports];
const isOfPackage = (offer: Offer, entry: Offer) =>
  offer.namespace === entry.namespace && offer.package === entry.package;

export type BindRequest = {
  readonly info: WorkloadInfo;
  readonly declared: readonly WitInterface[];
  readonly components: readonly ComponentInfo[];
};

/** What one workload has bound. */
export type BoundPlugins = {
  readonly bindings: readonly BoundBindings[];
  backend(plugin: string, component: string): Backend | undefined;
  resolved(workload: RunningWorkload): Promise<void>;
  unbind(): Promise<void>;
};

export class Plugins {
  readonly #plugins: readonly HostPlugin[];
  readonly #log: Logger;

  /** Throws when two have the same id. */
  constructor(plugins: readonly HostPlugin[], log: Logger) {
    const double = plugins.find(({ id }, at) => plugins.findIndex((each) => each.id === id) !== at);
    if (double !== undefined) throw new Error(`two plugins have the id ${double.id}`);
    this.#plugins = plugins;
    this.#log = log;
  }

  get all(): readonly HostPlugin[] {
    return this.#plugins;
  }

  /** What components may import from them and export to them. */
  get offers(): Offer[] {
    return this.#plugins.flatMap((plugin) => offersOf(plugin));
  }

  async start(host: (id: string) => PluginHost): Promise<void> {
    for (const plugin of this.#plugins) {
      try {
        await plugin.start?.(host(plugin.id));
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause);
        throw new Error(`plugin ${plugin.id} did not start: ${why}`, { cause });
      }
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#plugins.map((plugin) => this.#stop(plugin)));
  }

  /** Binds the plugins whose packages the workload declares; undoes what it did when one refuses. */
  async bind(request: BindRequest): Promise<BoundPlugins> {
    const bound: { plugin: HostPlugin; interfaces: readonly WitInterface[]; half: BoundPlugin }[] = [];
    const unbind = async () => {
      for (const { plugin, half } of bound.splice(0).toReversed())
        await this.#quietly(plugin, "unbind", () => half.unbind?.());
    };
    try {
      for (const plugin of this.#plugins) {
        const interfaces = request.declared.filter((entry) =>
          offersOf(plugin).some((offer) => isOfPackage(offer, entry)),
        );
        if (interfaces.length === 0) continue;
        const half = await plugin.bind({ ...request.info, interfaces, components: request.components });
        bound.push({ plugin, interfaces, half });
      }
    } catch (error) {
      await unbind();
      throw error;
    }
    const backends = new Map<string, Backend | undefined>();
    for (const { plugin, half } of bound) {
      for (const component of request.components)
        backends.set(`${plugin.id}/${component.name}`, half.backend?.(component));
    }
    return {
      bindings: bound.flatMap(({ plugin, interfaces }) => bindingsOf(plugin, interfaces, request)),
      backend: (plugin, component) => backends.get(`${plugin}/${component}`),
      async resolved(workload) {
        for (const { half } of bound) await half.resolved?.(workload);
      },
      unbind,
    };
  }

  async #stop(plugin: HostPlugin): Promise<void> {
    const limit = new Promise((resolve) => setTimeout(resolve, stopMs).unref());
    await Promise.race([this.#quietly(plugin, "stop", () => plugin.stop?.()), limit]);
  }

  /** The end of one thing does not stop the end of the others. */
  async #quietly({ id }: HostPlugin, phase: string, work: () => Promise<void> | undefined): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#log.error({ err: error, plugin: id, phase }, "a plugin failed");
    }
  }
}

function bindingsOf(
  plugin: HostPlugin,
  interfaces: readonly WitInterface[],
  { info, components }: BindRequest,
): BoundBindings[] {
  if (plugin.bindings === undefined) return [];
  const seen = plugin.bindingsNeedConfig === true ? interfaces : interfaces.map((entry) => ({ ...entry, config: {} }));
  const each = components.map(
    ({ name, config }) => [name, { ...info, component: name, interfaces: seen, config }] as const,
  );
  return [{ plugin: plugin.id, module: plugin.bindings.href, components: Object.fromEntries(each) }];
}
