/** The typed client of a contract: deadlines, retries, trace context, one round trip counted per call. */
import { headers, type Msg, type NatsConnection, RequestError, TimeoutError } from "@nats-io/nats-core";
import { countRoundTrip, injectTrace, SpanKind, withSpan } from "@holdfast/runtime";
import type { CallOptions, Client, EndpointContract, ErrorDeclaration, ServiceContract } from "./contract.ts";
import { commonErrors, isMeshError, MeshError } from "./errors.ts";
import { decodeError, decodeJson, encodeJson, givesRawBody, header, noBytes, takesRawBody } from "./wire.ts";

/** An idempotent call waits for one instance only this share of its time, so that a dead one leaves time for another. */
const attemptShare = 1 / 3;
const shortestAttemptMs = 1_000;
const firstBackOffMs = 20;

type Operation = { name: string; subject: string; contract: EndpointContract };

function toMeshError(error: unknown, operation: Operation): unknown {
  if (error instanceof RequestError && error.isNoResponders()) {
    return new MeshError("ServiceUnavailable", `no instance answers ${operation.name}`, { status: 503, cause: error });
  }
  if (error instanceof TimeoutError) {
    return new MeshError("RequestTimeout", `no answer from ${operation.name} in time`, { status: 504, cause: error });
  }
  // The connection is closing or was refused the subject: for the caller the service is not there.
  if (error instanceof Error && !isMeshError(error)) {
    return new MeshError("ServiceUnavailable", `${operation.name}: ${error.message}`, { status: 503, cause: error });
  }
  return error;
}

/** Rejects with RequestTimeout when the signal aborts before the work is done. */
async function orAborted<T>(work: Promise<T>, signal: AbortSignal | undefined, operation: Operation): Promise<T> {
  if (!signal) return work;
  const gone = Promise.withResolvers<never>();
  const onAbort = () =>
    gone.reject(new MeshError("RequestTimeout", `${operation.name}: the caller gave up`, { status: 504 }));
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
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
  carried.set(header.deadline, String(Date.now() + timeoutMs));
  if (options.requestId) carried.set(header.requestId, options.requestId);
  injectTrace(carried);
  let body: Uint8Array;
  if (takesRawBody(contract.rawBody)) {
    carried.set(header.input, JSON.stringify(input));
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
  if (!givesRawBody(contract.rawBody)) return decodeJson(answer.data);
  return { output: JSON.parse(answer.headers?.get(header.output) ?? "{}"), body: answer.data };
}

/**
 * May the same call be sent again? Nobody was there to take it: always (only if we saw that ourselves: the same code from a callee
 * speaks of a callee's callee). No answer, or a retryable error: only where a second execution changes nothing.
 */
function mayRetry(error: unknown, { contract }: Operation): boolean {
  if (!isMeshError(error)) return false;
  if (error.code === "ServiceUnavailable" && error.cause instanceof RequestError) return true;
  if (!contract.idempotent) return false;
  const common: Readonly<Record<string, ErrorDeclaration>> = commonErrors;
  return error.code === "RequestTimeout" || (contract.errors[error.code] ?? common[error.code])?.retryable === true;
}

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

async function callOperation(
  nc: NatsConnection,
  operation: Operation,
  input: unknown,
  options: CallOptions,
): Promise<unknown> {
  const { contract } = operation;
  const totalMs = options.timeoutMs ?? contract.timeoutMs;
  const deadline = Date.now() + totalMs;
  const attemptMs = contract.idempotent ? Math.max(shortestAttemptMs, totalMs * attemptShare) : totalMs;
  for (let backOffMs = firstBackOffMs; ; backOffMs = Math.min(backOffMs * 2, 500)) {
    try {
      const remainingMs = Math.max(1, deadline - Date.now());
      return await attempt(nc, operation, input, options, Math.min(attemptMs, remainingMs));
    } catch (error) {
      const waitMs = backOffMs * (0.5 + Math.random());
      if (options.signal?.aborted || !mayRetry(error, operation) || Date.now() + waitMs >= deadline) throw error;
      await pause(waitMs);
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
