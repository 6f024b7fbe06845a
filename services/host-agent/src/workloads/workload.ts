/** One workload on this host: pulled, linked, bound, run, started anew when its worker ends, stopped. States: life-cycle.ts. */
import type { WorkloadReport } from "@holdfast/contracts";
import type { LocalResources, WorkloadStatus } from "@holdfast/host-protocol";
import type { Logger } from "@holdfast/runtime";
import { setTimeout as pause } from "node:timers/promises";
import { OutgoingRefused } from "../http/outgoing.ts";
import type { Images } from "../images/image.ts";
import type { BoundPlugins, Plugins } from "../plugins/plugins.ts";
import { type ComponentInfo, WorkloadCallFailed, type WorkloadInfo } from "../plugin.ts";
import { withComponentSpan } from "../component-span.ts";
import { BackOff, restartBackOff } from "./back-off.ts";
import { type CallLimits, Calls, type EnteredCall } from "./calls.ts";
import type {
  CallScope,
  HttpRequest,
  HttpResponse,
  Isolate,
  LinkRequest,
  LoadedComponent,
  OutgoingRequest,
  OutgoingResponse,
  StartIsolate,
} from "./isolate.ts";
import { LifeCycle } from "./life-cycle.ts";
import { type ComponentShape, mayRequest, planLinks, unknownInterfaces } from "./link-plan.ts";
import { LogBuffer } from "./log-buffer.ts";
import { type Manifest, serviceName } from "./manifest.ts";
import { pullComponents } from "./pull-components.ts";
import { openVolumes, type VolumeSettings } from "./volumes.ts";
import { hostOffers } from "./host-offers.ts";

export type WorkloadParts = {
  readonly images: Images;
  readonly startIsolate: StartIsolate;
  readonly plugins: Plugins;
  /** Sends a request of a component, as far as what its manifest says allows it. */
  readonly outgoing: (
    request: OutgoingRequest,
    policy: LocalResources,
    signal: AbortSignal,
  ) => Promise<OutgoingResponse>;
  /** Makes the workload reachable over HTTP; what it gives takes that back. Throws when a route is taken. */
  readonly publish: (workload: Workload) => () => void;
  readonly volumes: VolumeSettings;
  readonly limits: WorkloadLimits;
  readonly log: Logger;
};

export type WorkloadLimits = CallLimits & {
  readonly logLines: number;
  /** How long a stop waits for calls in hand. Milliseconds. */
  readonly stopGraceMs: number;
};

const words = (error: unknown) => (error instanceof Error ? error.message : String(error));

export class Workload {
  readonly manifest: Manifest;
  readonly log: LogBuffer;
  readonly life = new LifeCycle();
  readonly startedAt = Date.now();
  readonly #parts: WorkloadParts;
  readonly #stopping = new AbortController();
  /** What has to be undone when it ends, the newest first. */
  readonly #undo = new AsyncDisposableStack();
  readonly #backOff = new BackOff(restartBackOff);
  readonly #calls: Calls;
  #components: readonly LoadedComponent[] = [];
  #shapes: readonly ComponentShape[] = [];
  #plugins: BoundPlugins | undefined;
  #isolate: Isolate | undefined;
  /** The newest, whether it is linked yet or has ended: it has to be stopped. */
  #opened: Isolate | undefined;
  #warnings: readonly string[] = [];
  #restarts = 0;
  #stopped: Promise<void> | undefined;

  constructor(manifest: Manifest, parts: WorkloadParts) {
    this.manifest = manifest;
    this.#parts = parts;
    this.log = new LogBuffer(parts.limits.logLines);
    this.#calls = new Calls(parts.limits);
  }

  get id(): string {
    return this.manifest.workloadId;
  }
  get shapes(): readonly ComponentShape[] {
    return this.#shapes;
  }
  /** True when it can take a call now. */
  get isReady(): boolean {
    return this.#isolate !== undefined && this.life.phase !== "stopping";
  }
  get status(): WorkloadStatus {
    return { workloadId: this.id, workloadState: this.life.state, message: this.life.message };
  }
  get info(): WorkloadInfo {
    const { namespace, name, annotations } = this.manifest.workload;
    return { workloadId: this.id, namespace, name, annotations };
  }

  /** Fetches all images. Rejects with `PullFailed`: then nothing was begun. */
  async pull(): Promise<void> {
    this.#components = await pullComponents(this.manifest.components, this.#parts.images, this.#stopping.signal);
  }

  /** Links and runs what was pulled; the outcome is its status. */
  async run(): Promise<void> {
    if (!this.life.move("starting", "linking components")) return;
    try {
      await this.#begin();
    } catch (error) {
      this.#parts.log.warn({ workload: this.id, reason: words(error) }, "a workload did not start");
      await this.#fail(words(error));
    }
  }

  /** Ends it: new calls are refused, those in hand may finish within the grace time. Resolves when nothing is left. */
  stop(): Promise<void> {
    this.life.move("stopping", "stopping");
    return (this.#stopped ??= this.#end());
  }

  /** Calls an exported function. Rejects with `InterfaceError` or `WorkloadCallFailed`. */
  async call(
    component: string,
    interfaceName: string,
    functionName: string,
    args: readonly unknown[],
    scope: CallScope,
  ): Promise<unknown> {
    const call = await this.#enter(component, scope);
    try {
      return await call.isolate.call(component, interfaceName, functionName, args, call.scope);
    } catch (error) {
      throw call.failed(error);
    } finally {
      call.leave();
    }
  }

  /** One HTTP request into a component; its time ends with the response's head. Rejects with `WorkloadCallFailed`. */
  async http(component: string, request: HttpRequest, scope: CallScope): Promise<HttpResponse> {
    const call = await this.#enter(component, scope);
    try {
      const response = await call.isolate.http(component, request, call.scope);
      call.endTime();
      void response.finished.then(call.leave);
      return response;
    } catch (error) {
      call.leave();
      throw call.failed(error);
    }
  }

  report(): WorkloadReport {
    const { namespace, name } = this.manifest.workload;
    return {
      workloadId: this.id,
      namespace,
      name,
      state: this.life.state,
      message: this.life.message,
      startedAt: this.startedAt,
      restarts: this.#restarts,
      components: this.#components.map(({ name: component, image, digest }) => {
        const { imports = [], exports = [] } = this.#shapes.find((shape) => shape.name === component) ?? {};
        const counts = this.#calls.countsOf(component);
        return { name: component, image, digest, imports: [...imports], exports: [...exports], ...counts };
      }),
    };
  }

  async #begin(): Promise<void> {
    const { plugins, publish, volumes: settings } = this.#parts;
    const { declared, components, workload } = this.manifest;
    this.#warnings = unknownInterfaces(declared, [...hostOffers, ...plugins.offers]);
    if (components.length === 0) {
      this.#runs("no components");
      return;
    }
    this.#undo.defer(() => this.#opened?.stop());
    const isolate = await this.#openIsolate();
    this.#shapes = await isolate.load();
    const plan = planLinks({
      components: this.#shapes,
      declared,
      plugins: plugins.all.map(({ id, imports }) => ({ plugin: id, imports })),
      host: hostOffers,
    });
    const bound = await plugins.bind({ info: this.info, declared, components: this.#infos() });
    this.#plugins = bound;
    this.#undo.defer(() => bound.unbind());
    const volumes = this.#undo.use(await openVolumes(workload.volumes, settings));
    const mounts = Object.fromEntries(components.map((each) => [each.name, volumes.mounts(each)]));
    const { cpuMillicores } = this.manifest;
    const request = { plan, bindings: bound.bindings, volumes: mounts, cpuMillicores };
    await isolate.link(request);
    this.#isolate = isolate;
    const unpublish = publish(this);
    this.#undo.defer(unpublish);
    await bound.resolved({
      call: (component, interfaceName, functionName, args, options = {}) => {
        const span = { workloadId: this.id, component, parent: options.traceparent };
        return withComponentSpan(span, (traceparent) =>
          this.call(component, interfaceName, functionName, args, { signal: this.#stopping.signal, traceparent }),
        );
      },
    });
    if (!this.#runs()) return;
    void this.#watch(isolate, request);
    if (components.some(({ isService }) => isService)) void this.#runService(isolate);
  }

  /** It runs, and what its author should know of it. False when it began to stop meanwhile. */
  #runs(...notes: string[]): boolean {
    return this.life.move("running", ["running", ...notes, ...this.#warnings].join("; "));
  }

  async #openIsolate(): Promise<Isolate> {
    const { startIsolate } = this.#parts;
    const isolate = await startIsolate({
      isolation: this.manifest.isolation,
      components: this.#components,
      log: (component, entry) => this.log.add(component, entry),
      outgoing: (component, request, signal) => this.#send(component, request, signal),
      backend: (plugin, component) => this.#plugins?.backend(plugin, component),
    });
    this.#opened = isolate;
    // it began to stop meanwhile
    if (this.#undo.disposed) await isolate.stop();
    return isolate;
  }

  async #send(component: string, request: OutgoingRequest, signal: AbortSignal): Promise<OutgoingResponse> {
    const resources = this.#components.find(({ name }) => name === component)?.resources;
    if (resources === undefined) throw new Error(`there is no component ${component}`);
    if (mayRequest(this.manifest.declared)) return this.#parts.outgoing(request, resources, signal);
    const message = "the workload does not declare wasi:http/outgoing-handler under hostInterfaces";
    this.log.add(component, { level: "warn", context: "host", message: `a request was denied: ${message}` });
    throw new OutgoingRefused("HTTP-request-denied", message);
  }

  #infos(): ComponentInfo[] {
    return this.#components.map(({ name, resources }) => {
      const { imports = [], exports = [] } = this.#shapes.find((shape) => shape.name === name) ?? {};
      return { name, imports, exports, config: resources.config, allowedHosts: resources.allowedHosts };
    });
  }

  /** Starts a new worker whenever one ended by itself. */
  async #watch(first: Isolate, request: LinkRequest): Promise<void> {
    for (let isolate = first; ;) {
      const reason = await isolate.ended;
      if (this.#isolate !== isolate) return;
      this.#isolate = undefined;
      const waitMs = this.#backOff.next();
      if (!this.life.move("restarting", `${reason}; it is started anew in ${waitMs} ms`)) return;
      this.#parts.log.warn({ workload: this.id, reason, waitMs }, "a workload's worker ended");
      this.#restarts++;
      try {
        await pause(waitMs, undefined, { signal: this.#stopping.signal });
        const next = await this.#openIsolate();
        await next.load();
        await next.link(request);
        this.#isolate = next;
        isolate = next;
      } catch (error) {
        if (!this.#stopping.signal.aborted) await this.#fail(words(error));
        return;
      }
      if (!this.#runs(`started anew after: ${reason}`)) return;
      if (this.manifest.components.some(({ isService }) => isService)) void this.#runService(isolate);
    }
  }

  /** Runs the service to its end, again when it failed, at most `maxRestarts` times. */
  async #runService(isolate: Isolate): Promise<void> {
    for (let failures = 0; this.#isolate === isolate;) {
      try {
        await isolate.runService();
        this.life.move("completed", "the service ended");
        return;
      } catch (error) {
        if (this.#isolate !== isolate || this.#stopping.signal.aborted) return;
        this.log.add(serviceName, { level: "error", context: "host", message: `the service failed: ${words(error)}` });
        if (++failures > this.manifest.maxRestarts) {
          return this.#fail(`the service failed ${failures} times, the last time with: ${words(error)}`);
        }
        const waitMs = this.#backOff.next();
        this.#restarts++;
        this.life.move("restarting", `the service failed: ${words(error)}; it is started anew in ${waitMs} ms`);
        await pause(waitMs, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
        // the worker may have ended meanwhile: then the new one runs the service
        if (this.#isolate === isolate) this.#runs();
      }
    }
  }

  async #enter(component: string, scope: CallScope): Promise<EnteredCall & { readonly isolate: Isolate }> {
    const call = await this.#calls.enter(component, scope);
    const isolate = this.#isolate;
    if (isolate !== undefined && this.life.phase !== "stopping") {
      this.#calls.countsOf(component).calls++;
      return { ...call, isolate };
    }
    call.leave();
    throw new WorkloadCallFailed("stopped", `the workload is not running: ${this.life.message}`);
  }

  async #fail(message: string): Promise<void> {
    if (this.life.move("failed", message)) await this.#release();
  }

  async #end(): Promise<void> {
    await this.#calls.close(this.#parts.limits.stopGraceMs);
    this.#stopping.abort();
    await this.#release();
    this.life.move("stopped", "stopped");
  }

  async #release(): Promise<void> {
    this.#isolate = undefined;
    // who failed is kept for a while, to say why: without the binaries
    this.#components = this.#components.map((component) => ({ ...component, bytes: new Uint8Array(0) }));
    try {
      await this.#undo.disposeAsync();
    } catch (error) {
      this.#parts.log.error({ err: error, workload: this.id }, "a workload's end went wrong");
    }
    this.log.close();
  }
}
