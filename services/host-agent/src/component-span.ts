/** A call of a component as a span of the caller's trace, and what the worker needs to continue it. */
import { extractTrace, injectTrace, withSpan } from "@holdfast/runtime";

/** Runs `work` within the span `component <name>`, below `parent` (a traceparent) or else the active span. */
export function withComponentSpan<T>(
  { workloadId, component, parent }: { workloadId: string; component: string; parent?: string | undefined },
  work: (traceparent: string | undefined) => Promise<T>,
): Promise<T> {
  const attributes = { "holdfast.workload": workloadId, "holdfast.component": component };
  const given =
    parent === undefined ? undefined : extractTrace({ get: (name) => (name === "traceparent" ? parent : "") });
  const settings = given === undefined ? { attributes } : { attributes, parent: given };
  return withSpan(`component ${component}`, () => work(activeTraceparent()), settings);
}

function activeTraceparent(): string | undefined {
  let traceparent: string | undefined;
  injectTrace({ set: (name, value) => (name === "traceparent" ? (traceparent = value) : undefined) });
  return traceparent;
}
