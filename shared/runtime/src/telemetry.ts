/**
 * OpenTelemetry: nothing is loaded and no span object is made unless OTEL_EXPORTER_OTLP_ENDPOINT is set.
 * Spans are named `<service>/<Operation>`; contexts travel as W3C `traceparent`.
 */
import cluster from "node:cluster";
import {
  type Attributes,
  type Context,
  context,
  diag,
  DiagLogLevel,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { Logger } from "pino";

export { SpanKind } from "@opentelemetry/api";

let enabled = false;

/** True when spans are recorded: guard whatever would cost something. */
export const tracingEnabled = (): boolean => enabled;

/** Starts exporting when an endpoint is given. `stop` sends what is left (bounded by the exporter's own timeout). */
export async function startTelemetry(
  service: string,
  endpoint: string | undefined,
  log?: Logger,
): Promise<{ stop(): Promise<void> }> {
  if (!endpoint) return { stop: async () => {} };
  // Only traces: metrics are Prometheus's on the admin port, logs are stdout's.
  process.env["OTEL_METRICS_EXPORTER"] ??= "none";
  process.env["OTEL_LOGS_EXPORTER"] ??= "none";
  // The SDK reads it from here only; it may have come by a flag.
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = endpoint;
  // Not "process", which is among the SDK's own: it would send the command line, where a password may be.
  process.env["OTEL_NODE_RESOURCE_DETECTORS"] ??= "env,host,serviceinstance";
  if (cluster.worker) {
    const given = process.env["OTEL_RESOURCE_ATTRIBUTES"];
    process.env["OTEL_RESOURCE_ATTRIBUTES"] = `${given ? `${given},` : ""}holdfast.worker=${cluster.worker.id}`;
  }
  const { NodeSDK } = await import("@opentelemetry/sdk-node");
  const sdk = new NodeSDK({ serviceName: service, instrumentations: [] });
  sdk.start();
  if (log) tellOfLostSpans(log);
  enabled = true;
  return { stop: () => sdk.shutdown() };
}

/** The SDK keeps its failures to itself unless somebody listens. */
function tellOfLostSpans(log: Logger): void {
  const nothing = () => {};
  const warn = (message: string) => log.warn({ reason: message.slice(0, 500) }, "tracing trouble");
  diag.setLogger({ error: warn, warn, info: nothing, debug: nothing, verbose: nothing }, DiagLogLevel.WARN);
}

export const getTracer = (): Tracer => trace.getTracer("holdfast");

export type SpanSettings = {
  kind?: SpanKind;
  attributes?: Attributes;
  /** The parent; the active span unless given. */
  parent?: Context | undefined;
};

const nameOf = (error: unknown): string => {
  if (typeof error === "object" && error !== null && "code" in error) return String(error.code);
  return error instanceof Error ? error.name : "Error";
};

/**
 * Runs `work` inside a span; with tracing off it just runs it. An error marks the span with its code or name only:
 * messages could quote what a client sent.
 */
export async function withSpan<T>(
  name: string,
  work: (span: Span | undefined) => Promise<T>,
  settings: SpanSettings = {},
): Promise<T> {
  if (!enabled) return work(undefined);
  const { parent = context.active(), kind = SpanKind.INTERNAL, attributes = {} } = settings;
  return getTracer().startActiveSpan(name, { kind, attributes }, parent, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      span.setStatus({ code: SpanStatusCode.ERROR, message: nameOf(error) });
      throw error;
    } finally {
      span.end();
    }
  });
}

/** Anything with header-like access: NATS message headers, for one. */
export type HeaderWriter = { set(name: string, value: string): void };
export type HeaderReader = { get(name: string): string };

/** Writes the active span's `traceparent`; nothing when tracing is off. */
export function injectTrace(headers: HeaderWriter): void {
  if (enabled)
    propagation.inject(context.active(), headers, { set: (carrier, name, value) => carrier.set(name, value) });
}

/** The context that `traceparent` names; undefined when tracing is off. */
export function extractTrace(headers: HeaderReader | undefined): Context | undefined {
  if (!enabled || headers === undefined) return undefined;
  return propagation.extract(context.active(), headers, {
    get: (carrier, name) => carrier.get(name) || undefined,
    keys: () => ["traceparent", "tracestate"],
  });
}
