/** Each call to JetStream is counted as a round trip and, while a trace is on, a span. */
import { countRoundTrip, SpanKind, tracingEnabled, withSpan } from "@holdfast/runtime";

export type JetStreamOperation = "publish" | "get" | "purge" | "api";

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
