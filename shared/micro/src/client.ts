/** The typed client of a contract: deadlines, retries, trace context, one round trip counted per attempt. */
import { setTimeout as sleep } from "node:timers/promises";
import {
  PermissionViolationError,
  headers,
  type Msg,
  type NatsConnection,
  InvalidArgumentError,
  RequestError,
  TimeoutError,
} from "@nats-io/nats-core";
import { countRoundTrip, currentRequestId, injectTrace, SpanKind, withSpan } from "@holdfast/runtime";
import type { CallOptions, Client, EndpointContract, ErrorDeclaration, ServiceContract } from "./contract.ts";
import { commonErrors, isMeshError, MeshError } from "./errors.ts";
import {
  decodeError,
  decodeJson,
  encodeJson,
  givesRawBody,
  header,
  longestWaitMs,
  noBytes,
  takesRawBody,
} from "./wire.ts";

/** An idempotent call waits for one instance only this share of its time, so that a dead one leaves time for another. */
const attemptShare = 1 / 3;
const shortestAttemptMs = 1_000;
const firstBackOffMs = 20;

type Operation = { name: string; subject: string; contract: EndpointContract };

const sawNobody = (cause: unknown): boolean => cause instanceof RequestError && cause.isNoResponders();

function toMeshError(error: unknown, operation: Operation): unknown {
  const { name } = operation;
  if (!(error instanceof Error) || isMeshError(error)) return error;
  if (sawNobody(error)) {
    return new MeshError("ServiceUnavailable", `no instance answers ${name}`, { status: 503, cause: error });
  }
  if (error instanceof TimeoutError) {
    return new MeshError("RequestTimeout", `no answer from ${name} in time`, { status: 504, cause: error });
  }
  if (error instanceof InvalidArgumentError) {
    return new MeshError("InvalidInput", `${name} cannot carry this: ${error.message}`, { status: 400, cause: error });
  }
  // Closed while the call was under way: it may have been executed, so it must not look like "nothing happened".
  if (error instanceof RequestError && !(error.cause instanceof PermissionViolationError)) {
    return new MeshError("RequestTimeout", `${name}: ${error.message} before the answer`, {
      status: 504,
      cause: error,
    });
  }
  // Closed or draining before it was sent, or the subject is not allowed: for the caller the service is not there.
  return new MeshError("ServiceUnavailable", `${name}: ${error.message}`, { status: 503, cause: error });
}

const gaveUp = ({ name }: Operation) => new MeshError("RequestTimeout", `${name}: the caller gave up`, { status: 504 });

/** Rejects with RequestTimeout when the signal aborts before the work is done. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined, operation: Operation): Promise<T> {
  if (!signal) return work;
  const gone = Promise.withResolvers<never>();
  const onAbort = () => gone.reject(gaveUp(operation));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([work, gone.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    // The loser of the race must not become an unhandled rejection.
    work.catch(ignoreLateAnswer);
    gone.promise.catch(ignoreLateAnswer);
  }
}
function ignoreLateAnswer(): void {
  // Nobody waits for it any more.
}

async function attempt(
  nc: NatsConnection,
  operation: Operation,
  input: unknown,
  options: CallOptions,
  timeoutMs: number,
): Promise<unknown> {
  const { contract, subject, name } = operation;
  const carried = headers();
  // `append`, not `set`: on fresh headers it does the same for half the work.
  carried.append(header.deadline, String(Date.now() + timeoutMs));
  const requestId = options.requestId ?? currentRequestId();
  if (requestId) carried.append(header.requestId, requestId.replace(/[^\x21-\x7e]+/g, "_"));
  injectTrace(carried);
  let body: Uint8Array;
  if (takesRawBody(contract.rawBody)) {
    carried.append(header.input, JSON.stringify(input));
    body = options.body ?? noBytes;
  } else {
    body = encodeJson(input);
  }
  countRoundTrip(name);
  let answer: Msg;
  try {
    answer = await orAborted(
      nc.request(subject, body, { timeout: timeoutMs, headers: carried }),
      options.signal,
      operation,
    );
  } catch (error) {
    throw toMeshError(error, operation);
  }
  const error = decodeError(answer);
  if (error) throw error;
  return decodeReply(answer, operation);
}

function decodeReply(answer: Msg, { contract, name }: Operation): unknown {
  try {
    if (!givesRawBody(contract.rawBody)) return decodeJson(answer.data);
    return { output: JSON.parse(answer.headers?.get(header.output) ?? ""), body: answer.data };
  } catch (cause) {
    throw new MeshError("InternalError", `${name} gave an answer that is not JSON`, { status: 500, cause });
  }
}

/**
 * May the same call be sent again? Nobody was there to take it: always (only if we saw that ourselves: the same code from a callee
 * speaks of a callee's callee). No answer, or a retryable error: only where a second execution changes nothing.
 */
function mayRetry(error: unknown, { contract }: Operation): boolean {
  if (!isMeshError(error)) return false;
  if (error.code === "ServiceUnavailable" && sawNobody(error.cause)) return true;
  if (!contract.idempotent) return false;
  const common: Readonly<Record<string, ErrorDeclaration>> = commonErrors;
  return error.code === "RequestTimeout" || (contract.errors[error.code] ?? common[error.code])?.retryable === true;
}

/** Resolves early when the signal aborts. */
async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(ms, undefined, { ...(signal && { signal }) });
  } catch (error) {
    if (!signal?.aborted) throw error;
  }
}

async function callOperation(
  nc: NatsConnection,
  operation: Operation,
  input: unknown,
  options: CallOptions,
): Promise<unknown> {
  const { contract } = operation;
  const now = Date.now();
  const { signal, timeoutMs = contract.timeoutMs } = options;
  const deadline = Math.min(now + Math.min(timeoutMs, longestWaitMs), options.deadline ?? Infinity);
  const totalMs = deadline - now;
  if (totalMs <= 0) throw new MeshError("RequestTimeout", `${operation.name}: no time left to call`, { status: 504 });
  const attemptMs = contract.idempotent ? Math.max(shortestAttemptMs, totalMs * attemptShare) : totalMs;
  for (let backOffMs = firstBackOffMs; ; backOffMs = Math.min(backOffMs * 2, 500)) {
    if (signal?.aborted) throw gaveUp(operation);
    try {
      const remainingMs = Math.max(1, deadline - Date.now());
      return await attempt(nc, operation, input, options, Math.min(attemptMs, remainingMs));
    } catch (error) {
      const waitMs = backOffMs * (0.5 + Math.random());
      if (!mayRetry(error, operation) || Date.now() + waitMs >= deadline) throw error;
      await pause(waitMs, signal);
    }
  }
}

/** The client of a contract over one connection. Calls reject with `MeshError`. */
export function client<C extends ServiceContract>(nc: NatsConnection, contract: C): Client<C> {
  const calls: Record<string, (input: unknown, options?: CallOptions) => Promise<unknown>> = {};
  for (const [name, endpoint] of Object.entries(contract.endpoints)) {
    const operation = { name: `${contract.name}/${name}`, subject: `${contract.subject}.${name}`, contract: endpoint };
    const span = {
      kind: SpanKind.CLIENT,
      attributes: { "rpc.system": "nats", "rpc.service": contract.name, "rpc.method": name },
    };
    calls[name] = (input, options = {}) =>
      withSpan(operation.name, () => callOperation(nc, operation, input, options), span);
  }
  return calls as Client<C>;
}
