/** Each call to JetStream is counted as a round trip and, while a trace is on, a span. */
import { countRoundTrip, SpanKind, tracingEnabled, withSpan } from "@holdfast/runtime";

export type JetStreamOperation = "publish" | "get" | "batch" | "purge" | "info" | "api";

/** Counted, but without a span: for the chunks of a large object, which would be thousands in one trace. Whoever moves them has one. */
export type Quiet = { quiet?: boolean | undefined };

/** Runs one call that waits for JetStream's answer. */
export function traced<T>(operation: JetStreamOperation, call: () => Promise<T>, quiet = false): Promise<T> {
  countRoundTrip(counted[operation]);
  if (quiet || !tracingEnabled()) return call();
  return withSpan(`jetstream ${operation}`, call, { kind: SpanKind.CLIENT });
}

const counted: Readonly<Record<JetStreamOperation, string>> = {
  publish: "jetstream/publish",
  get: "jetstream/get",
  batch: "jetstream/batch",
  purge: "jetstream/purge",
  info: "jetstream/info",
  api: "jetstream/api",
};
