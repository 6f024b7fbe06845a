/** Each call to JetStream is counted and, where traces are recorded, a span of its own. */
import { countRoundTrip, SpanKind, withSpan } from "@holdfast/runtime";

/** `what` is JetStream's verb: publish, get, batch, purge, info. */
export function jetStreamCall<T>(what: string, call: () => Promise<T>): Promise<T> {
  const name = `jetstream/${what}`;
  countRoundTrip(name);
  return withSpan(name, call, { kind: SpanKind.CLIENT });
}
