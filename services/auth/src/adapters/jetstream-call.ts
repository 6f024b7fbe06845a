/** Each call to JetStream is counted and, where traces are recorded, a span of its own. */
import { countRoundTrip, SpanKind, withSpan } from "@holdfast/runtime";

/** `what` is JetStream's verb: publish, get, batch, purge, info. */
export function jetStreamCall<T>(what: string, call: () => Promise<T>): Promise<T> {
  countRoundTrip(`jetstream/${what}`);
  return withSpan(`jetstream ${what}`, call, { kind: SpanKind.CLIENT });
}
