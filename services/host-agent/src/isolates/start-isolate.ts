/** The main thread's end of one workload's worker: calls go in, requests of its components come out, a watchdog looks on. */
import { extractTrace, withSpan } from "@holdfast/runtime";
import type { PlainError } from "../channel/messages.ts";
import { Peer, PeerError, type PeerCall } from "../channel/peer.ts";
import { discardBody, receiveBody, sendBody, trailersOf } from "../channel/wire-body.ts";
import { InterfaceError, WorkloadCallFailed } from "../plugin.ts";
import type { CallScope, HttpRequest, HttpResponse, Isolate, IsolateSpec, StartIsolate } from "../workloads/isolate.ts";
import type { ComponentShape } from "../workloads/link-plan.ts";
import { Watchdog } from "./watchdog.ts";
import {
  failureCode,
  type BackendInput,
  type HeadEvent,
  type HttpInput,
  type LoadInput,
  type LogEvent,
  type OutgoingInput,
  type OutgoingOutput,
} from "./wire.ts";
import { startProcess, startThread, type WorkerHandle, type WorkerSettings } from "./worker-handle.ts";

export type IsolateSettings = WorkerSettings & {
  /** CPU that a call may burn without yielding. Milliseconds. */
  readonly cpuLimitMs: number;
  /** What all instances of one workload may hold, MiB. */
  readonly memoryMaxMb: number;
  /** Networks that no socket reaches: `10.0.0.0/8`. */
  readonly deniedNetworks: readonly string[];
};

/** Compiling and instantiating may take more CPU than a call. Milliseconds. */
const startCpuMs = 30_000;

export type Isolates = {
  readonly start: StartIsolate;
  /** Ends the spare worker. */
  close(): Promise<void>;
};

/** Starts workers as these settings say. A spare thread is always there: loading its program takes longer than starting a workload. */
export function createIsolates(settings: IsolateSettings): Isolates {
  let spare: WorkerHandle | undefined = startThread(settings);
  const takeThread = () => {
    const thread = spare ?? startThread(settings);
    spare = startThread(settings);
    return thread;
  };
  return {
    async start(spec) {
      const worker = spec.isolation === "process" ? startProcess(settings) : takeThread();
      return new WorkerIsolate(worker, spec, settings);
    },
    async close() {
      await spare?.terminate();
      spare = undefined;
    },
  };
}

type Answer = { readonly resolve: (head: HeadEvent) => void; readonly reject: (error: unknown) => void };

class WorkerIsolate implements Isolate {
  readonly ended: Promise<string>;
  readonly #worker: WorkerHandle;
  readonly #spec: IsolateSpec;
  readonly #peer: Peer;
  readonly #watchdog: Watchdog;
  readonly #answers = new Map<number, Answer>();
  readonly #settings: IsolateSettings;
  #nextRequest = 1;
  #stuck: string | undefined;
  #isStopped = false;

  constructor(worker: WorkerHandle, spec: IsolateSpec, settings: IsolateSettings) {
    this.#worker = worker;
    this.#spec = spec;
    this.#settings = settings;
    this.#peer = new Peer(worker.port, {
      methods: {
        pong: () => this.#watchdog.pong(),
        exhausted: (reason: string) => void this.#end(reason),
        log: ({ component, entry }: LogEvent) => spec.log(component, entry),
        head: (head: HeadEvent) => this.#answered(head),
        backend: (input: BackendInput, call) => this.#runBackend(input, call),
        outgoing: (input: OutgoingInput, call) => this.#send(input, call),
      },
      toPlainError,
      fromPlainError,
    });
    this.#watchdog = new Watchdog({
      ping: () => this.#peer.notify("ping", undefined),
      cpuMs: () => worker.cpuMs(),
      onStuck: (limitMs) => void this.#end(`a component burned ${limitMs / 1_000} s of CPU without yielding`),
    });
    this.ended = this.#untilEnded();
  }

  async load(): Promise<readonly ComponentShape[]> {
    const { memoryMaxMb, deniedNetworks } = this.#settings;
    const input: LoadInput = { components: this.#spec.components, memoryMaxMb, deniedNetworks };
    const shapes = await this.#watched(() => this.#peer.call("load", input), startCpuMs);
    // The worker is this package's own: it answers what `load` says.
    return shapes as readonly ComponentShape[];
  }

  async link(request: Parameters<Isolate["link"]>[0]): Promise<void> {
    await this.#watched(() => this.#peer.call("link", request), startCpuMs);
  }

  call(
    component: string,
    interfaceName: string,
    functionName: string,
    args: readonly unknown[],
    scope: CallScope,
  ): Promise<unknown> {
    return this.#watched(() => this.#peer.call("call", { component, interfaceName, functionName, args }, scope));
  }

  async http(component: string, { head, body, trailers }: HttpRequest, scope: CallScope): Promise<HttpResponse> {
    const request = this.#nextRequest++;
    const { wire, sent } = sendBody(this.#peer, body, trailers);
    // a body that breaks off is heard of by the component, and by who sent it
    sent.catch(() => undefined);
    const answer = Promise.withResolvers<HeadEvent>();
    this.#answers.set(request, answer);
    const input: HttpInput = { request, component, head, body: wire, hasTrailers: trailers !== undefined };
    const run = this.#watched(() => this.#peer.call("http", input, scope));
    const finished = run.then(
      () => answer.reject(new WorkloadCallFailed("trapped", "the component gave no response")),
      (error: unknown) => answer.reject(error),
    );
    void finished.then(() => this.#answers.delete(request));
    const { status, headers, body: wired } = await answer.promise;
    const answered = receiveBody(this.#peer, wired) ?? new Uint8Array(0);
    return { status, headers, body: answered, trailers: trailersOf(answered), finished };
  }

  async runService(): Promise<void> {
    await this.#watched(() => this.#peer.call("service", undefined));
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#end("the workload was stopped");
  }

  #answered(head: HeadEvent): void {
    const answer = this.#answers.get(head.request);
    // its caller has gone meanwhile
    if (answer === undefined) discardBody(this.#peer, head.body);
    else answer.resolve(head);
  }

  /** Runs one call under the watchdog. */
  async #watched<T>(run: () => Promise<T>, cpuLimitMs = this.#settings.cpuLimitMs): Promise<T> {
    const over = this.#watchdog.watch(cpuLimitMs);
    try {
      return await run();
    } catch (error) {
      throw callFailure(error);
    } finally {
      over();
    }
  }

  async #end(reason: string): Promise<void> {
    this.#stuck ??= reason;
    this.#watchdog.stop();
    this.#peer.end(reason);
    await this.#worker.terminate();
  }

  async #untilEnded(): Promise<string> {
    const how = await this.#worker.ended;
    const reason = this.#stuck ?? how;
    this.#watchdog.stop();
    this.#peer.end(reason);
    // Nobody waits for the end of what was stopped.
    return this.#isStopped ? new Promise<string>(() => {}) : reason;
  }

  #runBackend({ plugin, component, operation, args }: BackendInput, { traceparent }: PeerCall): Promise<unknown> {
    const backend = this.#spec.backend(plugin, component);
    const run: unknown = backend !== undefined && Object.hasOwn(backend, operation) ? backend[operation] : undefined;
    if (typeof run !== "function") throw new Error(`${plugin} has no operation ${operation}`);
    return withSpan(
      `${plugin}/${operation}`,
      async () => Reflect.apply(run, backend, [...args]),
      parentOf(traceparent),
    );
  }

  async #send(
    { component, body, ...request }: OutgoingInput,
    { signal, traceparent }: PeerCall,
  ): Promise<OutgoingOutput> {
    const received = receiveBody(this.#peer, body);
    const outgoing = { ...request, body: received, trailers: trailersOf(received) };
    const send = () => this.#spec.outgoing(component, outgoing, signal);
    const response = await withSpan(`http/${request.method}`, send, parentOf(traceparent));
    const { status, headers, trailers } = response;
    const { wire, sent } = sendBody(this.#peer, response.body, trailers);
    sent.catch(() => undefined);
    return { status, headers, body: wire, hasTrailers: trailers !== undefined };
  }
}

function callFailure(error: unknown): unknown {
  if (!(error instanceof PeerError)) return error;
  if (error.code === "aborted") return new WorkloadCallFailed("timeout", "the call was given up");
  return error.code === "gone" ? new WorkloadCallFailed("trapped", error.message) : error;
}

function parentOf(traceparent: string | undefined) {
  return { parent: extractTrace({ get: (name) => (name === "traceparent" ? (traceparent ?? "") : "") }) };
}

function toPlainError(error: unknown): PlainError {
  if (error instanceof InterfaceError) {
    return { code: failureCode.interface, message: error.message, payload: { value: error.payload } };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { code: failureCode.refused, message };
}

function fromPlainError({ code, message, payload }: PlainError): Error {
  if (payload !== undefined) return new InterfaceError(payload.value);
  return code === failureCode.trapped ? new WorkloadCallFailed("trapped", message) : new PeerError(code, message);
}
