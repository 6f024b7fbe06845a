/**
 * How many NATS round trips a request waits for in sequence, from its trace. The counters of the services say how many there are; of two
 * that go out together only one is waited for, which only their times can tell: spans that overlap were not waited for in turn.
 *
 * Gap: the chunks of a large object have no spans, so this speaks of small requests only.
 */

/** One span as it was exported; times in microseconds. */
export type Span = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** Whether it is a request to NATS, seen by whoever waits for it. */
  readonly isTrip: boolean;
  readonly name: string;
  readonly start: number;
  readonly end: number;
};

/** Spans start at whole milliseconds and end so long after as they took: what follows may seem to begin before the end of what it follows. */
const clockMs = 1;

/** The longest chain of round trips that follow each other, below the span `rootId`; a call counts itself and what its callee waits for. */
export function waitedTrips(spans: readonly Span[], rootId: string): number {
  const children = Map.groupBy(spans, ({ parentSpanId }) => parentSpanId);
  const root = children.get(rootId)?.[0];
  if (root === undefined) throw new Error("the trace has no root");
  const weigh = (span: Span): number => (span.isTrip ? 1 : 0) + longestChain(below(span), weigh);
  // what ends after the answer was not waited for
  const below = ({ spanId }: Span) =>
    (children.get(spanId) ?? []).filter(({ end }) => end <= root.end + clockMs * 1_000);
  return weigh(root);
}

/** The greatest sum of weights among intervals of which no two overlap. */
function longestChain(spans: readonly Span[], weigh: (span: Span) => number): number {
  const byEnd = spans.toSorted((a, b) => a.end - b.end);
  const best: number[] = [];
  for (const [i, span] of byEnd.entries()) {
    const before = byEnd.findLastIndex(({ end }, j) => j < i && end <= span.start + clockMs * 1_000);
    best.push(Math.max(best[i - 1] ?? 0, (best[before] ?? 0) + weigh(span)));
  }
  return best.at(-1) ?? 0;
}
