/** Receives the spans of a mesh (OTLP/HTTP as JSON): https://opentelemetry.io/docs/specs/otlp/#otlphttp. */
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import type { Span } from "./waited.ts";

const clientKind = 3;
const microseconds = z.string().transform((nanoseconds) => Number(nanoseconds) / 1_000);
const Export = z.object({
  resourceSpans: z.array(
    z.object({
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().default(""),
              name: z.string(),
              kind: z.number(),
              startTimeUnixNano: microseconds,
              endTimeUnixNano: microseconds,
            }),
          ),
        }),
      ),
    }),
  ),
});

export type TraceCollector = AsyncDisposable & {
  /** What the processes of a mesh need to know. Only requests that come with a sampled `traceparent` are traced. */
  readonly env: Readonly<Record<string, string>>;
  /** All spans, once those of the requests with these ids have come and none has come for a while. They are given once. */
  spansOf(rootIds: readonly string[]): Promise<Span[]>;
};

const exportDelayMs = 50;
const longestExportMs = 20_000;

export async function startTraceCollector(): Promise<TraceCollector> {
  const spans: Span[] = [];
  const take = async (request: IncomingMessage) => {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(Buffer.from(piece));
    const { resourceSpans } = Export.parse(JSON.parse(Buffer.concat(pieces).toString()));
    for (const span of resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans))) {
      const { kind, startTimeUnixNano: start, endTimeUnixNano: end, ...rest } = span;
      spans.push({ ...rest, start, end, isTrip: kind === clientKind });
    }
  };
  const server = createServer((request, response) => {
    take(request).then(
      () => response.writeHead(200, { "content-type": "application/json" }).end("{}"),
      (error: unknown) => response.writeHead(400).end(String(error)),
    );
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_BSP_SCHEDULE_DELAY: String(exportDelayMs),
      OTEL_TRACES_SAMPLER: "parentbased_always_off",
    },
    async spansOf(rootIds) {
      const areThere = () => rootIds.every((id) => spans.some(({ parentSpanId }) => parentSpanId === id));
      const end = performance.now() + longestExportMs;
      // every process exports by itself: all are there when nothing came during several of their delays
      for (let seen = -1; seen !== spans.length || !areThere(); await sleep(6 * exportDelayMs)) {
        if (performance.now() > end) throw new Error("the mesh exported no span for some of the requests");
        seen = spans.length;
      }
      return spans.splice(0);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
