/**
 * The way of every request: resolve the target -> authenticate -> detect the operation -> screen what is not supported ->
 * authorise -> run -> encode. Errors of every step end in one place.
 */
import { extractTrace, SpanKind, withRequestId, withSpan } from "@holdfast/runtime";
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
import type { Span } from "@opentelemetry/api";
import { requireAllowed, requireBucket } from "./access.ts";
import { authenticate } from "./authenticate.ts";
import type { Edge, Operation, ServiceContext } from "./context.ts";
import { iamAction } from "./domain/iam-action.ts";
import { canonicalUserId } from "./domain/principal.ts";
import { aboutSubject, toS3Error } from "./errors.ts";
import type { Answer, Exchange } from "./http/exchange.ts";
import { sendAnswer, sendError } from "./http/respond.ts";
import { type Observed, observe, reportFailure, requestStarted } from "./observe.ts";
import { handlers } from "./operations/table.ts";
import { unsetConfiguration } from "./operations/unset-configuration.ts";

const operationFor = (name: ImplementedOperation): Operation =>
  isSupportedOperation(name)
    ? handlers[name]
    : unsetConfiguration(name, operations[name].target === "object" ? "object" : "bucket");

/** Answers one request; never rejects. */
export async function handle(edge: Edge, exchange: Exchange): Promise<void> {
  const started = requestStarted();
  const seen: Seen = { operation: "Unknown", bucket: undefined, key: undefined };
  const parent = extractTrace({ get: (name) => headerOf(exchange, name) });
  const answer = async (span?: Span) => {
    try {
      if (started.inFlight > edge.config.HOLDFAST_MAX_REQUESTS) throw s3Error("SlowDown");
      requireOneHost(exchange);
      await sendAnswer(exchange, await run(edge, exchange, seen), edge.sending);
    } catch (thrown) {
      fail(edge, exchange, seen, thrown);
    }
    if (span) describeSpan(span, exchange, seen);
    observe(edge.log, exchange, seen);
  };
  try {
    await withRequestId(exchange.requestId, () =>
      withSpan("s3-edge/Unknown", answer, { kind: SpanKind.SERVER, parent }),
    );
  } catch (error) {
    edge.log.error({ err: error }, "could not answer");
    exchange.response.destroy();
  } finally {
    started.end();
  }
}

/** What is known of a request so far. */
type Seen = Observed & { key: string | undefined };

function describeSpan(span: Span, exchange: Exchange, { operation, bucket }: Seen): void {
  span.updateName(`s3-edge/${operation}`);
  span.setAttributes({
    "http.request.method": exchange.signed.method,
    "http.response.status_code": exchange.response.statusCode,
    "aws.request_id": exchange.requestId,
    "aws.s3.bucket": bucket ?? "",
  });
}

function headerOf({ signed }: Exchange, name: string): string {
  return signed.headers.find(([candidate]) => candidate === name)?.[1] ?? "";
}

/** RFC 9112, 3.2: one Host in every HTTP/1.1 request, so that nobody on the way reads another one than we do. */
function requireOneHost({ request, signed }: Exchange): void {
  const hosts = signed.headers.filter(([name]) => name === "host").length;
  if (hosts === 1 || (hosts === 0 && request.httpVersion === "1.0")) return;
  throw s3Error("BadRequest", { message: "The request must have one Host header." });
}

function fail(edge: Edge, exchange: Exchange, { bucket, key }: Seen, thrown: unknown): void {
  const error = toS3Error(thrown);
  reportFailure(edge.log, exchange, error);
  if (error.code === "NoSuchBucket" && bucket !== undefined) edge.buckets.forget(bucket);
  const uploadId = error.code === "NoSuchUpload" ? parseQuery(exchange.signed.rawQuery).get("uploadId") : undefined;
  sendError(exchange, aboutSubject(error, { bucket, key, uploadId }), edge.config.HOLDFAST_HTTP_IDLE_TIMEOUT);
}

async function run(edge: Edge, exchange: Exchange, seen: Seen): Promise<Answer> {
  const { signed } = exchange;
  const query = parseQuery(signed.rawQuery);
  const headers = requestHeaders(signed.headers, query);
  const domain = edge.config.HOLDFAST_S3_DOMAIN?.split(",");
  const target = resolveTarget({ host: headers.get("host"), rawPath: signed.rawPath, ...(domain && { domain }) });
  Object.assign(seen, target);
  const { authentication, principal: asker, signingKey } = await authenticate(edge, signed);
  const name = detectOperation({ method: signed.method, ...target, query, headers });
  seen.operation = name;
  screenHeaders(name, headers);
  const operation = operationFor(name);
  const access = { principal: asker, action: iamAction(name) };
  const principal = requireAllowed(edge, access);
  const context = { edge, exchange, principal, authentication, signingKey, query, headers };
  if (operation.on === "service") return operation.run(context);
  if (operation.on === "bucketName") return operation.run({ ...context, bucketName: target.bucket ?? "" });
  return runOnBucket(operation, context, target, access);
}

async function runOnBucket(
  operation: Extract<Operation, { on: "bucket" | "object" }>,
  context: ServiceContext,
  { bucket: bucketName = "", key = "" }: Target,
  access: Parameters<typeof requireBucket>[2],
): Promise<Answer> {
  const bucket = await requireBucket(context.edge, bucketName, access);
  if (context.headers.has("x-amz-expected-bucket-owner")) {
    const owner = bucket.owner ?? "";
    checkExpectedBucketOwner(context.headers, [owner, canonicalUserId(owner)]);
  }
  return operation.on === "bucket" ? operation.run({ ...context, bucket }) : operation.run({ ...context, bucket, key });
}
