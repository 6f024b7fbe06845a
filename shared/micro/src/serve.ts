/**
 * Serves a contract as a NATS micro service. What @nats-io/services leaves to its user is done here: rejected handlers are
 * answered, the handler's real time is counted, draining waits for running handlers, error descriptions stay on one line.
 */
import { headers, type Msg, type MsgHdrs, type NatsConnection } from "@nats-io/nats-core";
import { type Endpoint, type NamedEndpointStats, type Service, Svcm } from "@nats-io/services";
import { extractTrace, type Logger, metrics, SpanKind, withSpan } from "@holdfast/runtime";
import { z } from "zod";
import type { Call, EndpointContract, Handlers, ServiceContract } from "./contract.ts";
import { commonErrors, isMeshError, MeshError } from "./errors.ts";
import { decodeJson, encodeError, encodeJson, givesRawBody, header, noBytes, takesRawBody } from "./wire.ts";

export type ServeOptions = {
  log?: Logger;
  /** Calls in hand at once, over all endpoints of this instance; beyond it the answer is SlowDown. */
  maxConcurrent?: number;
};

export type ServedService = {
  /** As `nats micro ping` shows it. */
  readonly id: string;
  /** Leaves the queue group, then resolves when the running handlers are done. */
  drain(): Promise<void>;
};

type Handler = (input: unknown, call: Call) => Promise<unknown>;
type Operation = { name: string; contract: EndpointContract; handler: Handler; stats: Stats };
type Stats = { requests: number; errors: number; lastError: string | undefined; nanoseconds: number };

const requests = metrics.counter({
  name: "holdfast_mesh_requests_total",
  help: "Calls answered, by operation and code (OK or the error's)",
  labels: ["operation", "code"],
});
const duration = metrics.histogram({
  name: "holdfast_mesh_request_duration_seconds",
  help: "Time from a call's arrival to its answer",
  labels: ["operation"],
});
const inFlight = metrics.gauge({ name: "holdfast_mesh_requests_in_flight", help: "Calls being answered" });

/** A call in hand; its signal costs nothing until a handler asks for it. */
class RunningCall implements Call {
  readonly body: Uint8Array;
  readonly deadline: number;
  readonly requestId: string;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(msg: Msg, { rawBody, timeoutMs }: EndpointContract) {
    this.body = takesRawBody(rawBody) ? msg.data : noBytes;
    this.deadline = Number(msg.headers?.get(header.deadline)) || Date.now() + timeoutMs;
    this.requestId = msg.headers?.get(header.requestId) ?? "";
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      this.#controller = controller;
      this.#timer = setTimeout(() => controller.abort(), Math.max(0, this.deadline - Date.now()));
    }
    return this.#controller.signal;
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}

function readInput(msg: Msg, { rawBody, input: schema }: EndpointContract): unknown {
  let value: unknown;
  try {
    value = takesRawBody(rawBody) ? JSON.parse(msg.headers?.get(header.input) ?? "") : decodeJson(msg.data);
  } catch (cause) {
    throw new MeshError("InvalidInput", "the input is not JSON in UTF-8", { status: 400, cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new MeshError("InvalidInput", z.prettifyError(parsed.error).replaceAll("\n", "; "), {
    status: 400,
    details: parsed.error.issues.map(({ path, code, message }) => ({ path, code, message })),
  });
}

/** The error as its contract declares it; everything else is a bug, told to the log and not to the caller. */
function declaredError(
  error: unknown,
  { name, contract }: Operation,
  call: RunningCall,
  log: Logger | undefined,
): MeshError {
  if (isMeshError(error)) {
    const common: Readonly<Record<string, { status: number }>> = commonErrors;
    const declared = contract.errors[error.code] ?? common[error.code];
    const { code, message, details, cause } = error;
    if (declared && code !== "InternalError")
      return new MeshError(code, message, { status: declared.status, details, cause });
  }
  log?.error({ err: error, operation: name, requestId: call.requestId }, "unexpected error");
  return new MeshError("InternalError", `${name} failed unexpectedly`, { status: 500 });
}

function respond(msg: Msg, { rawBody }: EndpointContract, reply: unknown): void {
  if (!givesRawBody(rawBody)) {
    msg.respond(encodeJson(reply));
    return;
  }
  const { output, body } = reply as { output: unknown; body: Uint8Array };
  const carried: MsgHdrs = headers();
  carried.set(header.output, JSON.stringify(output));
  msg.respond(body, { headers: carried });
}

async function execute(msg: Msg, { contract, handler }: Operation, call: RunningCall): Promise<unknown> {
  if (call.deadline <= Date.now()) throw new MeshError("RequestTimeout", "the caller's deadline has passed");
  return handler(readInput(msg, contract), call);
}

/** Answers one call; never rejects. */
async function answer(msg: Msg, operation: Operation, log: Logger | undefined): Promise<void> {
  const { name, contract, stats } = operation;
  const began = process.hrtime.bigint();
  const call = new RunningCall(msg, contract);
  let code = "OK";
  try {
    const settings = {
      kind: SpanKind.SERVER,
      parent: extractTrace(msg.headers),
      attributes: { "holdfast.request_id": call.requestId },
    };
    respond(msg, contract, await withSpan(name, () => execute(msg, operation, call), settings));
  } catch (thrown) {
    const error = declaredError(thrown, operation, call, log);
    ({ code } = error);
    stats.errors++;
    stats.lastError = `${code}: ${error.message}`;
    const { body, headers: carried } = encodeError(error);
    respondSafely(msg, body, carried, name, log);
  }
  call.end();
  const nanoseconds = Number(process.hrtime.bigint() - began);
  stats.requests++;
  stats.nanoseconds += nanoseconds;
  requests.inc({ operation: name, code });
  duration.observe({ operation: name }, nanoseconds / 1e9);
}

/** An error's answer can itself fail (a closed connection): then there is nobody left to tell but the log. */
function respondSafely(msg: Msg, body: Uint8Array, carried: MsgHdrs, name: string, log: Logger | undefined): void {
  try {
    msg.respond(body, { headers: carried });
  } catch (error) {
    log?.warn({ err: error, operation: name }, "could not answer");
  }
}

/** What `nats micro info` shows of an endpoint; metadata values are strings. */
function endpointMetadata(contract: EndpointContract): Record<string, string> {
  return {
    summary: contract.summary,
    input: JSON.stringify(z.toJSONSchema(contract.input, { io: "input", unrepresentable: "any" })),
    output: JSON.stringify(z.toJSONSchema(contract.output, { io: "output", unrepresentable: "any" })),
    errors: JSON.stringify(contract.errors),
    idempotent: String(contract.idempotent),
    raw_body: contract.rawBody,
  };
}

/** The library counts the synchronous part of a handler: put the real figures in their place before they are shown. */
async function showRealStats(endpoint: Endpoint, operations: ReadonlyMap<string, Operation>): Promise<null> {
  const { name, stats } = endpoint as Endpoint & { name: string; stats: NamedEndpointStats };
  const own = operations.get(name)?.stats;
  if (own) {
    Object.assign(stats, {
      num_requests: own.requests,
      num_errors: own.errors,
      processing_time: own.nanoseconds,
      average_processing_time: own.requests ? Math.round(own.nanoseconds / own.requests) : 0,
      ...(own.lastError !== undefined && { last_error: own.lastError }),
    });
  }
  return null;
}

/** Answers a contract's endpoints on this connection until drained. */
export async function serve<C extends ServiceContract>(
  nc: NatsConnection,
  contract: C,
  handlers: Handlers<C>,
  { log, maxConcurrent = 1_024 }: ServeOptions = {},
): Promise<ServedService> {
  const operations = new Map<string, Operation>();
  const service: Service = await new Svcm(nc).add({
    name: contract.name,
    version: contract.version,
    description: contract.description,
    queue: contract.name,
    statsHandler: (endpoint) => showRealStats(endpoint, operations),
  });
  const group = service.addGroup(contract.subject);
  let running = 0;
  let idle: (() => void) | undefined;
  const busy = new MeshError("SlowDown", `${contract.name} has too many calls in hand`, { status: 503 });

  const onMessage = (msg: Msg, operation: Operation) => {
    if (running >= maxConcurrent) {
      const { body, headers: carried } = encodeError(busy);
      operation.stats.errors++;
      requests.inc({ operation: operation.name, code: busy.code });
      respondSafely(msg, body, carried, operation.name, log);
      return;
    }
    running++;
    inFlight.inc();
    void answer(msg, operation, log).finally(() => {
      inFlight.dec();
      if (--running === 0) idle?.();
    });
  };

  for (const [name, endpoint] of Object.entries(contract.endpoints)) {
    const operation: Operation = {
      name: `${contract.name}/${name}`,
      contract: endpoint,
      handler: (handlers as Record<string, Handler>)[name] ?? missingHandler(contract.name, name),
      stats: { requests: 0, errors: 0, lastError: undefined, nanoseconds: 0 },
    };
    operations.set(name, operation);
    group.addEndpoint(name, {
      metadata: endpointMetadata(endpoint),
      handler: (error, msg) => {
        if (error) log?.error({ err: error, operation: operation.name }, "subscription failed");
        else onMessage(msg, operation);
      },
    });
  }

  return {
    id: service.info().id,
    async drain() {
      await service.stop();
      if (running === 0) return;
      await new Promise<void>((resolve) => {
        idle = resolve;
      });
    },
  };
}

function missingHandler(service: string, name: string): never {
  throw new Error(`${service}: no handler for endpoint ${name}`);
}
