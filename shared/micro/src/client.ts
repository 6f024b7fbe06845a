/** The typed client of a contract: deadlines, retries, trace context, one round trip counted per attempt. */
import { setTimeout as sleep } from "node:timers/promises";
import { InvalidArgumentError, type Msg, type NatsConnection } from "@nats-io/nats-core";
import {
  countRoundTrip,
  currentRequestId,
  HeaderBlock,
  isUnanswered,
  mailboxOf,
  SpanKind,
  tracingEnabled,
  type Unanswered,
  withSpan,
} from "@holdfast/runtime";
import {
  type CallOptions,
  type Client,
  type EndpointContract,
  type ErrorDeclaration,
  type ServiceContract,
  subjectPrefix,
} from "./contract.ts";
import { commonErrors, isMeshError, MeshError } from "./errors.ts";
import {
  decodeError,
  decodeJson,
  encodeJson,
  givesRawBody,
  header,
  longestWaitMs,
  noBytes,
  outputOf,
  takesRawBody,
} from "./wire.ts";

/** An idempotent call waits for one instance only this share of its time, so that a dead one leaves time for another. */
const attemptShare = 1 / 3;
const shortestAttemptMs = 1_000;
const firstBackOffMs = 20;

type Operation = { name: string; subject: string; contract: EndpointContract };

const sawNobody = (cause: unknown): boolean => isUnanswered(cause, "no responders");
const gaveUp = ({ name }: Operation) => new MeshError("RequestTimeout", `${name}: the caller gave up`, { status: 504 });

function toMeshError(error: Unanswered, operation: Operation): MeshError {
  const { name } = operation;
  const { reason, cause } = error;
  if (reason === "aborted") return gaveUp(operation);
  // It may have been executed, so it must not look like "nothing happened".
  if (reason === "timeout" || reason === "connection lost") {
    const message = reason === "timeout" ? `no answer from ${name} in time` : `${name}: the connection broke`;
    return new MeshError("RequestTimeout", message, { status: 504, cause: error });
  }
  if (cause instanceof InvalidArgumentError) {
    return new MeshError("InvalidInput", `${name} cannot carry this: ${cause.message}`, { status: 400, cause: error });
  }
  // Nobody there, not sent, or the subject is not allowed: for the caller the service is not there.
  const message = reason === "no responders" ? `no instance answers ${name}` : `${name}: ${error.message}`;
  return new MeshError("ServiceUnavailable", message, { status: 503, cause: error });
}

async function attempt(
  nc: NatsConnection,
  operation: Operation,
  input: unknown,
  options: CallOptions,
  timeoutMs: number,
): Promise<unknown> {
  const { contract, subject, name } = operation;
  const { signal } = options;
  const headers = new HeaderBlock();
  headers.set(header.deadline, String(Date.now() + timeoutMs));
  const requestId = options.requestId ?? currentRequestId();
  if (requestId) headers.set(header.requestId, requestId.replace(/[^\x21-\x7e]+/g, "_"));
  let body: Uint8Array;
  if (takesRawBody(contract.rawBody)) {
    headers.set(header.input, JSON.stringify(input));
    body = options.body ?? noBytes;
  } else {
    body = encodeJson(input);
  }
  countRoundTrip(name);
  let answer: Msg;
  try {
    answer = await mailboxOf(nc).request(subject, body, { headers, timeoutMs, signal });
  } catch (error) {
    throw isUnanswered(error) ? toMeshError(error, operation) : error;
  }
  const error = decodeError(answer);
  if (error) throw error;
  return decodeReply(answer, operation);
}

function decodeReply(answer: Msg, { contract, name }: Operation): unknown {
  try {
    if (!givesRawBody(contract.rawBody)) return decodeJson(answer.data);
    return { output: JSON.parse(outputOf(answer)), body: answer.data };
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

/**
 * The client of a contract over one connection. Calls reject with `MeshError`. With `instance` that one instance is asked, which must
 * be served under the same token; without it, any one.
 */
export function client<C extends ServiceContract>(
  nc: NatsConnection,
  contract: C,
  { instance }: { instance?: string } = {},
): Client<C> {
  const prefix = subjectPrefix(contract, instance);
  const calls: Record<string, (input: unknown, options?: CallOptions) => Promise<unknown>> = {};
  for (const [name, endpoint] of Object.entries(contract.endpoints)) {
    const operation = { name: `${contract.name}/${name}`, subject: `${prefix}.${name}`, contract: endpoint };
    const span = {
      kind: SpanKind.CLIENT,
      attributes: { "rpc.system": "nats", "rpc.service": contract.name, "rpc.method": name },
    };
    calls[name] = (input, options = {}) =>
      tracingEnabled()
        ? withSpan(operation.name, () => callOperation(nc, operation, input, options), span)
        : callOperation(nc, operation, input, options);
  }
  return calls as Client<C>;
}
