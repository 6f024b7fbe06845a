/** Each call to JetStream is counted as a round trip and, while a trace is on, a span. */
import { countRoundTrip, SpanKind, tracingEnabled, withSpan } from "@holdfast/runtime";

export type JetStreamOperation = "publish" | "get" | "purge" | "api";

/** Runs one call that waits for JetStream's answer. */
export function traced<T>(operation: JetStreamOperation, call: () => Promise<T>): Promise<T> {
  countRoundTrip(`jetstream/${operation}`);
  if (!tracingEnabled()) return call();
  return withSpan(`jetstream ${operation}`, call, { kind: SpanKind.CLIENT });
}
