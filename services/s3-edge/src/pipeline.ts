/**
 * The way of every request: resolve the target -> authenticate -> detect the operation -> screen what is not supported ->
 * authorise -> run -> encode. Errors of every step end in one place.
 */
import { extractTrace, SpanKind, withSpan } from "@holdfast/runtime";
import {
  checkExpectedBucketOwner,
  detectOperation,
  type ImplementedOperation,
  isSupportedOperation,
  operations,
  parseQuery,
  requestHeaders,
  resolveTarget,
  s3Error,
  screenHeaders,
  type Target,
} from "@holdfast/s3-protocol";
import { requireAllowed, requireBucket } from "./access.ts";
import { authenticate } from "./authenticate.ts";
import type { Edge, Operation, ServiceContext } from "./context.ts";
import { canonicalUserId } from "./domain/principal.ts";
import { toS3Error } from "./errors.ts";
import type { Answer, Exchange } from "./http/exchange.ts";
import { sendAnswer, sendError } from "./http/respond.ts";
import { type Observed, observe, requestStarted } from "./observe.ts";
import { handlers } from "./operations/table.ts";
import { unsetConfiguration } from "./operations/unset-configuration.ts";

const operationFor = (name: ImplementedOperation): Operation =>
  isSupportedOperation(name)
    ? handlers[name]
    : unsetConfiguration(name, operations[name].target === "object" ? "object" : "bucket");

/** Answers one request; never rejects. */
export async function handle(edge: Edge, exchange: Exchange): Promise<void> {
  const finished = requestStarted();
  const observed: Observed = { operation: "Unknown", bucket: undefined };
  const parent = extractTrace({ get: (name) => headerOf(exchange, name) });
  await withSpan(
    "s3-edge/Unknown",
    async (span) => {
      try {
        if (finished.inFlight > edge.config.HOLDFAST_MAX_REQUESTS) throw s3Error("SlowDown");
        const answer = await run(edge, exchange, observed, (name) => span?.updateName(`s3-edge/${name}`));
        await sendAnswer(exchange, answer, edge.config.HOLDFAST_HTTP_IDLE_TIMEOUT_MS);
      } catch (thrown) {
        await fail(edge, exchange, observed, thrown);
      }
      span?.setAttributes({
        "http.request.method": exchange.signed.method,
        "http.response.status_code": exchange.response.statusCode,
        "aws.request_id": exchange.requestId,
        "aws.s3.bucket": observed.bucket ?? "",
      });
      observe(edge.log, exchange, observed);
    },
    { kind: SpanKind.SERVER, parent },
  );
  finished.end();
}

function headerOf({ signed }: Exchange, name: string): string {
  return signed.headers.find(([candidate]) => candidate === name)?.[1] ?? "";
}

async function fail(edge: Edge, exchange: Exchange, observed: Observed, thrown: unknown): Promise<void> {
  const error = toS3Error(thrown);
  observed.errorCode = error.code;
  const { requestId } = exchange;
  if (exchange.signal.aborted) observed.errorCode = "ClientGone";
  else if (error.code === "InternalError")
    edge.log.error({ err: error.cause, requestId, ...observed }, "unexpected error");
  else if (error.status === 503) edge.log.warn({ err: error.cause, requestId, ...observed }, "not now");
  if (error.code === "NoSuchBucket" && observed.bucket !== undefined) edge.buckets.forget(observed.bucket);
  try {
    await sendError(exchange, error);
  } catch (broken) {
    // Nobody is left to be told.
    edge.log.debug({ err: broken, requestId }, "could not answer");
    exchange.response.destroy();
  }
}

async function run(
  edge: Edge,
  exchange: Exchange,
  observed: Observed,
  nameSpan: (operation: string) => void,
): Promise<Answer> {
  const { signed } = exchange;
  const query = parseQuery(signed.rawQuery);
  const headers = requestHeaders(signed.headers, query);
  const domain = edge.config.HOLDFAST_S3_DOMAIN?.split(",");
  const target = resolveTarget({ host: headers.get("host"), rawPath: signed.rawPath, ...(domain && { domain }) });
  observed.bucket = target.bucket;
  const { authentication, principal, signingKey } = await authenticate(edge, signed);
  const name = detectOperation({ method: signed.method, ...target, query, headers });
  observed.operation = name;
  nameSpan(name);
  screenHeaders(name, headers);
  const operation = operationFor(name);
  const access = { principal, action: `s3:${name}`, requestId: exchange.requestId };
  const forService = { edge, exchange, authentication, signingKey, query, headers };
  if (operation.on === "service") return operation.run({ ...forService, principal: requireAllowed(edge, access) });
  const bucketName = target.bucket ?? "";
  if (operation.on === "bucketName") {
    return operation.run({ ...forService, bucketName, principal: requireAllowed(edge, access) });
  }
  return runOnBucket(operation, { ...forService, principal: requireAllowed(edge, access) }, target, access);
}

async function runOnBucket(
  operation: Extract<Operation, { on: "bucket" | "object" }>,
  context: ServiceContext,
  { bucket: bucketName = "", key = "" }: Target,
  access: Parameters<typeof requireBucket>[2],
): Promise<Answer> {
  const bucket = await requireBucket(context.edge, bucketName, access);
  const owner = bucket.owner ?? "";
  checkExpectedBucketOwner(context.headers, [owner, canonicalUserId(owner)]);
  return operation.on === "bucket" ? operation.run({ ...context, bucket }) : operation.run({ ...context, bucket, key });
}
