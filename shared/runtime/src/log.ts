/** Log lines: one JSON object each on stdout, with trace ids, and never a secret. */
import { trace } from "@opentelemetry/api";
import { type Logger, pino } from "pino";
import { tracingEnabled } from "./telemetry.ts";

export type { Logger } from "pino";

/** Fields that could carry a secret, wherever a careless line puts them. */
const secretFields = [
  "authorization",
  "secretAccessKey",
  "secretKey",
  "password",
  "token",
  "signature",
  "signingKey",
  "HOLDFAST_NATS_PASSWORD",
  "HOLDFAST_NATS_TOKEN",
];

function traceIds(): object {
  if (!tracingEnabled()) return {};
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

/** A process's logger. */
export function createLogger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service, pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: [...secretFields, ...secretFields.map((field) => `*.${field}`)], censor: "[redacted]" },
    mixin: traceIds,
  });
}
