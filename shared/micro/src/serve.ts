/**
 * Serves a contract as a NATS micro service. What @nats-io/services leaves to its user is done here: rejected handlers are
 * answered, the handler's real time is counted, draining waits for running handlers, error descriptions stay on one line.
 */
import type { Msg, NatsConnection } from "@nats-io/nats-core";
import { type Service, Svcm } from "@nats-io/services";
import {
  extractTrace,
  HeaderBlock,
  headerText,
  type Logger,
  metrics,
  SpanKind,
  type Tally,
  tracingEnabled,
  withRequestId,
  withSpan,
} from "@holdfast/runtime";
import { z } from "zod";
import { type Call, type EndpointContract, type Handlers, type ServiceContract, subjectPrefix } from "./contract.ts";
import { type CallStats, endpointMetadata, showRealStats } from "./describe.ts";
import { commonErrors, isMeshError, MeshError } from "./errors.ts";
import { forgery } from "./forgery.ts";
import { readInput, RunningCall, UnfitInput } from "./running-call.ts";
import { encodeError, encodeJson, givesRawBody, header } from "./wire.ts";

export type ServeOptions = {
  log?: Logger;
  /** Calls in hand at once, over all endpoints of this instance; beyond it the answer is SlowDown. */
  maxConcurrent?: number;
  /**
   * This instance's own token in its subjects: `host-agent.v1.<instance>.<Operation>`. It alone answers there, in no queue group, and
   * `client(nc, contract, { instance })` asks it.
   */
  instance?: string;
};

export type ServedService = {
  /** As `nats micro ping` shows it. */
  readonly id: string;
  /**
   * Leaves the queue group, then resolves when the running handlers are done. Beyond the limit their signals are aborted and
   * it resolves without them. A second call waits for the first.
   */
  drain(timeoutMs?: number): Promise<void>;
};

type Handler = (input: unknown, call: Call) => Promise<unknown>;
type Operation = {
  name: string;
  contract: EndpointContract;
  handler: Handler;
  stats: CallStats;
  /** Answers without an error. */
  succeeded: Tally;
};

const requests = metrics.tallies({
  name: "holdfast_mesh_requests_total",
  help: "Calls answered, by operation and code (OK or the error's)",
  labels: ["operation", "code"],
});
const duration = metrics.histogram({
  name: "holdfast_mesh_request_duration_seconds",
  help: "Time from a call's arrival to its answer",
  labels: ["operation"],
});
let inFlight = 0;
metrics.gauge({
  name: "holdfast_mesh_requests_in_flight",
  help: "Calls being answered",
  collect() {
    this.set(inFlight);
  },
});

/** The error as its contract declares it; everything else is a bug, told to the log and not to the caller. */
function declaredError(error: unknown, { name, contract }: Operation, log: Logger | undefined): MeshError {
  if (error instanceof UnfitInput) return error;
  // An InvalidInput that comes out of a handler is an answer to a call of its own: a bug here, not of our caller.
  if (isMeshError(error) && error.code !== "InternalError" && error.code !== "InvalidInput") {
    const common: Readonly<Record<string, { status: number }>> = commonErrors;
    const declared = contract.errors[error.code] ?? common[error.code];
    const { code, message, details, cause } = error;
    if (declared) return new MeshError(code, message, { status: declared.status, details, cause });
  }
  // A contract may declare InvalidInput as an outcome of its own.
  if (isMeshError(error, "InvalidInput") && contract.errors["InvalidInput"]) return error;
  log?.error({ err: error, operation: name }, "unexpected error");
  return new MeshError("InternalError", `${name} failed unexpectedly`, { status: 500 });
}

/** A handler's output that does not fit its contract is a bug, caught here and not at some caller's. */
function fitOutput({ name, contract }: Operation, output: unknown): unknown {
  const parsed = contract.output.safeParse(output);
  if (parsed.success) return parsed.data;
  throw new Error(`${name} gave an output that does not fit its contract: ${z.prettifyError(parsed.error)}`);
}

function respond(msg: Msg, operation: Operation, reply: unknown): void {
  if (!givesRawBody(operation.contract.rawBody)) {
    msg.respond(encodeJson(fitOutput(operation, reply)));
    return;
  }
  // The handler's type promises this shape; what it holds is checked.
  const { output, body } = reply as { output: unknown; body: Uint8Array };
  const carried = new HeaderBlock();
  carried.set(header.output, JSON.stringify(fitOutput(operation, output)));
  msg.respond(body, { headers: carried });
}

/** A call as it came: its message, and its headers' text. */
type Arrived = { msg: Msg; headers: string; call: RunningCall };

async function execute({ msg, headers, call }: Arrived, { contract, handler }: Operation): Promise<unknown> {
  if (call.isLate) throw new MeshError("RequestTimeout", "the caller's deadline has passed");
  return handler(readInput(msg, headers, contract), call);
}

function executeTraced(arrived: Arrived, operation: Operation): Promise<unknown> {
  const settings = {
    kind: SpanKind.SERVER,
    parent: extractTrace(arrived.msg.headers),
    attributes: { "holdfast.request_id": arrived.call.requestId },
  };
  return withSpan(operation.name, () => execute(arrived, operation), settings);
}

/** Answers one call; never rejects. */
async function answer(arrived: Arrived, operation: Operation, log: Logger | undefined): Promise<void> {
  const { name, stats } = operation;
  const { msg, call } = arrived;
  const began = performance.now();
  try {
    const run = tracingEnabled() ? executeTraced : execute;
    respond(msg, operation, await run(arrived, operation));
    operation.succeeded.add();
  } catch (thrown) {
    const error = declaredError(thrown, operation, log);
    refuse(msg, operation, error, log);
    requests(name, error.code).add();
  }
  call.end();
  const milliseconds = performance.now() - began;
  stats.nanoseconds += Math.round(milliseconds * 1e6);
  stats.requests++;
  duration.observe({ operation: name }, milliseconds / 1e3);
}

function refuse(msg: Msg, { name, stats }: Operation, error: MeshError, log: Logger | undefined): void {
  stats.errors++;
  stats.lastError = `${error.code}: ${error.message}`;
  const { body, headers: carried } = encodeError(error);
  try {
    msg.respond(body, { headers: carried });
  } catch (cause) {
    // A closed connection: there is nobody left to tell but the log.
    log?.warn({ err: cause, operation: name }, "could not answer");
  }
}

/** The calls that one instance has in hand. */
class Running {
  readonly #calls = new Set<RunningCall>();
  #idle: (() => void) | undefined;

  get size(): number {
    return this.#calls.size;
  }
  add(call: RunningCall): void {
    this.#calls.add(call);
    inFlight++;
  }
  delete(call: RunningCall): void {
    this.#calls.delete(call);
    inFlight--;
    if (this.#calls.size === 0) this.#idle?.();
  }
  /** Resolves when the last one is answered, or, with their signals aborted, when the time is up. */
  async finish(timeoutMs: number | undefined): Promise<void> {
    if (this.#calls.size === 0) return;
    const done = Promise.withResolvers<void>();
    this.#idle = done.resolve;
    const giveUp = () => {
      for (const call of this.#calls) call.abandon();
      done.resolve();
    };
    const timer = timeoutMs === undefined ? undefined : setTimeout(giveUp, timeoutMs);
    await done.promise;
    clearTimeout(timer);
  }
}

function operationsOf<C extends ServiceContract>(contract: C, handlers: Handlers<C>): Map<string, Operation> {
  // `Handlers<C>` has one handler for each endpoint; the erased form is what a table can hold.
  const table = handlers as unknown as Readonly<Record<string, Handler>>;
  const operations = new Map<string, Operation>();
  for (const [endpoint, declared] of Object.entries(contract.endpoints)) {
    const name = `${contract.name}/${endpoint}`;
    const handler = table[endpoint];
    if (!handler) throw new Error(`no handler for ${name}`);
    const stats = { requests: 0, errors: 0, lastError: undefined, nanoseconds: 0 };
    operations.set(endpoint, { name, contract: declared, handler, stats, succeeded: requests(name, "OK") });
  }
  return operations;
}

/** The subscriptions are known to the server, or it said why not (a NATS user without the permission). */
async function untilSubscribed(nc: NatsConnection, service: Service, name: string): Promise<void> {
  await nc.flush();
  // The refusal came before the answer to the flush, but reaches the service a few promises later.
  await new Promise((resolve) => setImmediate(resolve));
  if (service.isStopped) throw new Error(`${name} cannot be served`, { cause: await service.stopped });
}

/** Answers a contract's endpoints on this connection until drained. Resolves when calls can arrive. */
export async function serve<C extends ServiceContract>(
  nc: NatsConnection,
  contract: C,
  handlers: Handlers<C>,
  { log, maxConcurrent = 1_024, instance }: ServeOptions = {},
): Promise<ServedService> {
  const prefix = subjectPrefix(contract, instance);
  const operations = operationsOf(contract, handlers);
  const running = new Running();
  const busy = new MeshError("SlowDown", `${contract.name} has too many calls in hand`, { status: 503 });
  const onMessage = (msg: Msg, operation: Operation) => {
    const headers = headerText(msg);
    const reason = forgery(msg.reply, headers);
    if (reason !== undefined) {
      // Neither run nor answered.
      log?.error({ operation: operation.name, reply: msg.reply }, `a forged call: ${reason}`);
      return;
    }
    if (running.size >= maxConcurrent) {
      operation.stats.requests++;
      requests(operation.name, busy.code).add();
      refuse(msg, operation, busy, log);
      return;
    }
    const call = new RunningCall(msg, headers, operation.contract);
    running.add(call);
    const work = async () => {
      await answer({ msg, headers, call }, operation, log);
      running.delete(call);
    };
    void withRequestId(call.requestId, work);
  };

  const service = await new Svcm(nc).add({
    name: contract.name,
    version: contract.version,
    description: contract.description,
    // "" is no queue group
    queue: instance === undefined ? contract.name : "",
    statsHandler: async (endpoint) => {
      showRealStats(endpoint, (name) => operations.get(name)?.stats);
      return null;
    },
  });
  const group = service.addGroup(prefix);
  for (const [endpoint, operation] of operations) {
    group.addEndpoint(endpoint, {
      metadata: endpointMetadata(operation.contract),
      handler: (error, msg) => {
        if (error) log?.error({ err: error, operation: operation.name }, "subscription failed");
        else onMessage(msg, operation);
      },
    });
  }
  await untilSubscribed(nc, service, contract.name);
  let draining = false;
  const watch = async () => {
    const reason = await service.stopped;
    if (!draining && !nc.isClosed()) log?.error({ err: reason, service: contract.name }, "no longer served");
  };
  void watch();

  const drain = async (timeoutMs: number | undefined) => {
    draining = true;
    await service.stop();
    await running.finish(timeoutMs);
  };
  let drained: Promise<void> | undefined;
  return { id: service.info().id, drain: (timeoutMs) => (drained ??= drain(timeoutMs)) };
}
