/** What operators see of each request: a log line, metrics, and the numbers of `/stats`. Never a query, a key or a signature. */
import { type Logger, metrics } from "@holdfast/runtime";
import type { S3Error } from "@holdfast/s3-protocol";
import type { Exchange } from "./http/exchange.ts";

export type Observed = {
  /** S3's name, or Unknown for what was refused before it was understood. */
  operation: string;
  bucket: string | undefined;
};

/** What nginx logs for a client that went away before its answer. */
const clientClosedRequest = 499;

const requests = metrics.counter({
  name: "holdfast_s3_requests_total",
  help: "S3 requests answered, by operation and HTTP status",
  labels: ["operation", "status"],
});
const duration = metrics.histogram({
  name: "holdfast_s3_request_duration_seconds",
  help: "Time from a request's headers to the end of its answer",
  labels: ["operation"],
});
const bytes = metrics.counter({
  name: "holdfast_s3_bytes_total",
  help: "Bytes of bodies, by direction (in, out)",
  labels: ["direction"],
});
const inFlightGauge = metrics.gauge({ name: "holdfast_s3_requests_in_flight", help: "S3 requests in hand" });

let inFlight = 0;
const perOperation = new Map<string, number>();

/** Counts a request in; `end` counts it out. */
export function requestStarted(): { readonly inFlight: number; end(): void } {
  inFlight++;
  inFlightGauge.set(inFlight);
  return {
    inFlight,
    end() {
      inFlight--;
      inFlightGauge.set(inFlight);
    },
  };
}

/** After the answer: one line and the numbers. */
export function observe(log: Logger, exchange: Exchange, { operation, bucket }: Observed): void {
  const { bytesIn, bytesOut, response, startedAt, errorCode } = exchange;
  const status = exchange.isGone && !response.headersSent ? clientClosedRequest : response.statusCode;
  const seconds = (performance.now() - startedAt) / 1_000;
  perOperation.set(operation, (perOperation.get(operation) ?? 0) + 1);
  requests.inc({ operation, status: String(status) });
  duration.observe({ operation }, seconds);
  if (bytesIn > 0) bytes.inc({ direction: "in" }, bytesIn);
  if (bytesOut > 0) bytes.inc({ direction: "out" }, bytesOut);
  const durationMs = Math.round(seconds * 1e6) / 1e3;
  log.info({ operation, bucket, status, errorCode, bytesIn, bytesOut, durationMs }, "request");
}

/** Notes why a request failed, for its line; what operators must look at gets a line of its own, with the cause. */
export function reportFailure(log: Logger, exchange: Exchange, error: S3Error): void {
  exchange.errorCode = exchange.isGone ? "ClientGone" : error.code;
  if (exchange.isGone) return;
  if (error.code === "InternalError") log.error({ err: error.cause ?? error }, "unexpected error");
  else if (error.status === 503) log.warn({ err: error.cause }, "not now");
}

/** Requests since the start, as `/stats` shows them. */
export function requestStats(): { inFlight: number; requests: Record<string, number> } {
  return { inFlight, requests: Object.fromEntries(perOperation) };
}
