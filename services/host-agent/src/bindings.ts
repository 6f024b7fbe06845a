/** The worker's half of a plugin (see plugin.ts): what its bindings module exports, and what it is given. */
import type { WitInterface } from "@holdfast/host-protocol";
import type { Backend, WorkloadInfo } from "./plugin.ts";

/** Marks a function, or methods of a class, whose answer may be a promise: the component is suspended until it is there. */
export { suspending } from "@holdfast/component-host";
export { suspendingMethods } from "@holdfast/wasi";

/**
 * A backend as its bindings see it. A rejection has the backend's `InterfaceError` as `ComponentError` with the same payload, so that a
 * binding passes it on by not catching it.
 */
export type Remote<B extends Backend> = {
  readonly [Operation in keyof B]: (...args: Parameters<B[Operation]>) => Promise<Awaited<ReturnType<B[Operation]>>>;
};

/** A line that a component wrote to its log. */
export type LogEntry = {
  readonly level: "trace" | "debug" | "info" | "warn" | "error" | "fatal";
  /** Of `wasi:logging`; stdout and stderr are contexts too. */
  readonly context: string;
  readonly message: string;
};

export type BindingComponent = WorkloadInfo & {
  readonly component: string;
  /** The workload's hostInterfaces entries for this plugin's packages; their config is empty unless the plugin says `bindingsNeedConfig`. */
  readonly interfaces: readonly WitInterface[];
  readonly config: Readonly<Record<string, string>>;
  /** Adds to the workload's log, in order, and does not wait. */
  readonly log: (entry: LogEntry) => void;
};

/** Import objects by full name: `wasi:keyvalue/store@0.2.0-draft`. */
export type ImportObjects = Readonly<Record<string, object>>;

/** Makes the import objects of one component. Called once per component, before it is instantiated. */
export type BindInterface<B extends Backend> = (backend: Remote<B>, component: BindingComponent) => ImportObjects;
