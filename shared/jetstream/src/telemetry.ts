/** Each call to JetStream is counted as a round trip and, while a trace is on, a span. */
import { countRoundTrip, injectTrace, SpanKind, tracingEnabled, withSpan } from "@holdfast/runtime";
import { headers, type MsgHdrs } from "@nats-io/nats-core";

export type JetStreamOperation = "publish" | "get" | "batch" | "purge" | "info" | "api";

/** Counted, but without a span: for the chunks of a large object, which would be thousands in one trace. Whoever moves them has one. */
export type Quiet = { quiet?: boolean | undefined };

/** Runs one call that waits for JetStream's answer. */
export function traced<T>(
  operation: JetStreamOperation,
  call: () => Promise<T>,
  { quiet = false }: Quiet = {},
): Promise<T> {
  countRoundTrip(`jetstream/${operation}`);
  if (quiet || !tracingEnabled()) return call();
  return withSpan(`jetstream ${operation}`, call, { kind: SpanKind.CLIENT });
}

/**
 * The headers with the active span's `traceparent`; while tracing is off, as they were. A stored message keeps it: it tells which
 * request wrote it, also to nats-server's own message tracing.
 */
export function withTraceContext(given: MsgHdrs | undefined): MsgHdrs | undefined {
  if (!tracingEnabled()) return given;
  const carried = given ?? headers();
  injectTrace(carried);
  return carried;
}
