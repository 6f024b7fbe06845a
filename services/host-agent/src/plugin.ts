/**
 * How an interface is added to the host, after wash-runtime's plugin life cycle:
 *
 *   start     once, when the host starts: connections are made here. A failure ends the host's start.
 *   bind      for each workload that declares one of the plugin's packages under hostInterfaces: its configuration is checked here.
 *             A failure is the workload's: its start is answered ERROR with the message.
 *   resolved  all components are linked and can be called: subscriptions begin here.
 *   unbind    the workload stops, or did not start; called once for each bind that succeeded.
 *   stop      once, when the host stops. At most 3 s are waited.
 *
 * A plugin has two halves. Its **backend** lives in the main thread, may hold connections and secrets, and takes and gives plain data
 * (what structured clone carries). Its **bindings** are a module that the workload's worker thread loads: they have the shape of the
 * WIT interface (docs: the JS shape of components) and call the backend through a `Remote`. A worker holds no credentials.
 */
import type { WitInterface } from "@holdfast/host-protocol";
import type { Logger } from "@holdfast/runtime";
import type { NatsConnection } from "@nats-io/nats-core";

/** Interfaces of one WIT package, at one version: `wasi:keyvalue/{store,atomics,batch}@0.2.0-draft`. */
export type Offer = Pick<WitInterface, "namespace" | "package" | "version" | "interfaces">;

export type HostPlugin = {
  /** Unique in a host, as it stands in logs: `wasi-keyvalue`. */
  readonly id: string;
  /** What components may import from this plugin. */
  readonly imports: readonly Offer[];
  /** What components may export and this plugin calls. */
  readonly exports: readonly Offer[];
  /** The module with the bindings; it exports `bind`, a `BindInterface`. Not needed by a plugin that only calls components. */
  readonly bindings?: URL;
  /** The worker is told the config of hostInterfaces too. Without it that stays in the main thread: it may hold secrets. */
  readonly bindingsNeedConfig?: boolean;
  start?(host: PluginHost): Promise<void>;
  bind(workload: BindingWorkload): Promise<BoundPlugin>;
  stop?(): Promise<void>;
};

/** What the host gives a plugin. */
export type PluginHost = {
  readonly hostId: string;
  readonly nc: NatsConnection;
  readonly log: Logger;
  /** A folder of this plugin's own that outlives the process. */
  readonly dataDir: string;
};

export type ComponentInfo = {
  /** Unique in its workload. The service is `service`. */
  readonly name: string;
  /** Full names, as in the binary: `wasi:keyvalue/store@0.2.0-draft`. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
  /** localResources.config. */
  readonly config: Readonly<Record<string, string>>;
  /** localResources.allowedHosts. */
  readonly allowedHosts: readonly string[];
};

export type WorkloadInfo = {
  readonly workloadId: string;
  readonly namespace: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
};

export type BindingWorkload = WorkloadInfo & {
  /** The workload's hostInterfaces entries for this plugin's packages, each with its config; several backends differ by `name`. */
  readonly interfaces: readonly WitInterface[];
  readonly components: readonly ComponentInfo[];
};

/** The operations that bindings may call, by name. They run in the main thread, within the caller's trace. */
export type Backend = Readonly<Record<string, (...args: never[]) => unknown>>;

export type BoundPlugin = {
  /** The operations for one component. Asked once per component. */
  backend?(component: ComponentInfo): Backend;
  resolved?(workload: RunningWorkload): Promise<void>;
  unbind?(): Promise<void>;
};

export type CallOptions = {
  /** Continues this trace; that of the caller unless given. */
  readonly traceparent?: string;
};

/** A workload whose components can be called. */
export type RunningWorkload = {
  /**
   * Calls an exported function: `call("counter", "wasmcloud:messaging/handler@0.2.0", "handleMessage", [message])`. Arguments and
   * results are plain data. Rejects with `InterfaceError` when the function gave an error of its own, else with `WorkloadCallFailed`.
   */
  call(
    component: string,
    interfaceName: string,
    functionName: string,
    args: readonly unknown[],
    options?: CallOptions,
  ): Promise<unknown>;
};

/**
 * An error that the interface declares, as plain data in its JS shape: `new InterfaceError({ tag: "no-such-store" })`. A backend throws
 * it, and the component that called gets it as its `result`'s error; anything else that a backend throws traps the component.
 */
export class InterfaceError extends Error {
  override readonly name = "InterfaceError";
  readonly payload: unknown;

  constructor(payload: unknown, options?: ErrorOptions) {
    super("an error of the interface", options);
    this.payload = payload;
  }
}

/** `trapped`: the component failed. `timeout`, `busy` (queue full), `stopped`: it was not, or not fully, run. */
export type CallFailure = "trapped" | "timeout" | "busy" | "stopped";

/** A call into a component that gave no result. */
export class WorkloadCallFailed extends Error {
  override readonly name = "WorkloadCallFailed";
  readonly code: CallFailure;

  constructor(code: CallFailure, message: string) {
    super(message);
    this.code = code;
  }
}
