/**
 * The port to where components run: a worker thread or a child process, one per workload (see isolates/). Everything that goes through
 * it is plain data.
 */
import type { LocalResources } from "@holdfast/host-protocol";
import type { BindingComponent, LogEntry } from "../bindings.ts";
import type { Backend } from "../plugin.ts";
import type { ComponentShape, LinkPlan } from "./link-plan.ts";

/** A component with its bytes and what it may use. */
export type LoadedComponent = {
  /** Unique in its workload; the service is `service`. */
  readonly name: string;
  readonly isService: boolean;
  readonly image: string;
  readonly digest: string;
  readonly bytes: Uint8Array;
  readonly resources: LocalResources;
  /** MiB, the host's limit applied. */
  readonly memoryLimitMb: number;
  readonly poolSize: number;
  readonly maxInvocations: number;
  readonly maxConcurrency: number;
};

/** A folder that components see at `guestPath`. */
export type MountedVolume = {
  readonly hostPath: string;
  readonly guestPath: string;
  readonly readOnly: boolean;
  /** What all its files together may hold; absent: no limit (hostPath). */
  readonly maxBytes: number | undefined;
};

export type IsolateSpec = {
  readonly isolation: "thread" | "process";
  readonly components: readonly LoadedComponent[];
  readonly log: (component: string, entry: LogEntry) => void;
  /** Sends a request of a component. Rejects with `OutgoingRefused` of http/outgoing.ts, or what went wrong on the way. */
  readonly outgoing: (component: string, request: OutgoingRequest, signal: AbortSignal) => Promise<OutgoingResponse>;
  /** The operations that a component's bindings may call. */
  readonly backend: (plugin: string, component: string) => Backend | undefined;
};

/** A plugin as the worker needs it. */
export type BoundBindings = {
  readonly plugin: string;
  /** URL of the bindings module. */
  readonly module: string;
  readonly components: Readonly<Record<string, Omit<BindingComponent, "log">>>;
};

export type LinkRequest = {
  readonly plan: LinkPlan;
  readonly bindings: readonly BoundBindings[];
  /** By component. */
  readonly volumes: Readonly<Record<string, readonly MountedVolume[]>>;
  /** What all components together may use once they are linked, in thousandths of a CPU. */
  readonly cpuMillicores?: number | undefined;
};

/** Name, value, name, value, ... as node:http's `rawHeaders`, one character per byte. */
export type HeaderList = readonly string[];

export type HttpRequestHead = {
  readonly method: string;
  readonly pathWithQuery: string;
  /** Lower case. */
  readonly scheme: string;
  readonly authority: string;
  readonly headers: HeaderList;
};

/** A request for a component. */
export type HttpRequest = {
  readonly head: HttpRequestHead;
  readonly body: RequestBody;
  readonly trailers?: Trailers | undefined;
};

export type HttpResponse = {
  readonly status: number;
  readonly headers: HeaderList;
  /** All of it, when it was there with the head; else a stream. */
  readonly body: Uint8Array | AsyncIterable<Uint8Array>;
  readonly trailers: Trailers;
  /** Resolves when the component is done with the request, body included; never rejects. */
  readonly finished: Promise<void>;
};

/** A body: none, all of it, or pieces. Who has enough of the pieces ends their iterator. */
export type RequestBody = Uint8Array | AsyncIterable<Uint8Array> | undefined;

/** What comes behind a body: asked once that has come to its end. */
export type Trailers = () => HeaderList | undefined;

export type CallScope = { readonly signal: AbortSignal; readonly traceparent: string | undefined };

/** A request that a component sends. */
export type OutgoingRequest = HttpRequestHead & {
  readonly body: RequestBody;
  readonly trailers?: Trailers;
  /** Milliseconds, where the component asked for them. */
  readonly timeouts: { readonly connectMs?: number; readonly firstByteMs?: number; readonly betweenBytesMs?: number };
};
export type OutgoingResponse = {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: AsyncIterable<Uint8Array>;
  readonly trailers?: Trailers | undefined;
};

/** A running worker. Calls reject with `WorkloadCallFailed`, or `InterfaceError` where the callee gave an error of its own. */
export type Isolate = {
  /** Parses and compiles all components. */
  load(): Promise<readonly ComponentShape[]>;
  /** Makes the first instance of each component. Rejects with words for the operator. */
  link(request: LinkRequest): Promise<void>;
  call(
    component: string,
    interfaceName: string,
    functionName: string,
    args: readonly unknown[],
    scope: CallScope,
  ): Promise<unknown>;
  http(component: string, request: HttpRequest, scope: CallScope): Promise<HttpResponse>;
  /** Runs the service's `wasi:cli/run` to its end; rejects when it failed. */
  runService(): Promise<void>;
  /** Resolves with the reason when the worker ended without being stopped. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
};

export type StartIsolate = (spec: IsolateSpec) => Promise<Isolate>;
