/** A receiver of OTLP/HTTP traces (JSON), and what a test wants to know of them. */
import { createServer, type IncomingMessage } from "node:http";
import { randomBytes } from "node:crypto";
import type { S3Client } from "@aws-sdk/client-s3";
import { waitFor } from "@holdfast/testkit";
import { z } from "zod";

const Span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.number(),
  status: z.object({ code: z.number().optional(), message: z.string().optional() }).optional(),
});
const Export = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({
        attributes: z.array(z.object({ key: z.string(), value: z.object({ stringValue: z.string().optional() }) })),
      }),
      scopeSpans: z.array(z.object({ spans: z.array(Span) })),
    }),
  ),
});
export type SeenSpan = z.output<typeof Span> & { readonly service: string };

const kinds = ["", "internal", "server", "client", "producer", "consumer"];

/** The trace that a test makes up for one request. */
export type Trace = { readonly traceId: string; readonly spanId: string; readonly traceparent: string };

export function newTrace(): Trace {
  const [traceId, spanId] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
}

/** Runs `work` with a client whose requests carry the trace's `traceparent`. */
export async function inTrace<T>(s3: S3Client, work: () => Promise<T>): Promise<{ trace: Trace; result: T }> {
  const trace = newTrace();
  const name = "traceparent";
  s3.middlewareStack.add(
    (next) => (args) => {
      const { request } = args;
      if (typeof request === "object" && request !== null && "headers" in request) {
        Object.assign(request.headers ?? {}, { traceparent: trace.traceparent });
      }
      return next(args);
    },
    { step: "build", name },
  );
  try {
    return { trace, result: await work() };
  } finally {
    s3.middlewareStack.remove(name);
  }
}

export type Collector = AsyncDisposable & {
  /** What the processes of a mesh need to know, with exports soon after each span. */
  readonly env: Record<string, string>;
  readonly spans: readonly SeenSpan[];
  /** All that was sent, as it came. */
  text(): string;
  spansOf(trace: Trace): SeenSpan[];
  /** Each span of a trace with those above it: `a server > b client`. Rejects when a parent is missing. */
  paths(trace: Trace): string[];
  /** Waits until these paths are there, and gives all of the trace. */
  untilPaths(trace: Trace, expected: readonly string[]): Promise<string[]>;
};

export async function startCollector(): Promise<Collector> {
  const spans: SeenSpan[] = [];
  let text = "";
  const take = async (request: IncomingMessage) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const body = Buffer.concat(chunks).toString();
    text += body;
    for (const { resource, scopeSpans } of Export.parse(JSON.parse(body)).resourceSpans) {
      const service = resource.attributes.find(({ key }) => key === "service.name")?.value.stringValue ?? "";
      for (const scope of scopeSpans) spans.push(...scope.spans.map((span) => ({ ...span, service })));
    }
  };
  const server = createServer((request, response) => {
    take(request).then(
      () => response.writeHead(200, { "content-type": "application/json" }).end("{}"),
      (error: unknown) => response.writeHead(400).end(String(error)),
    );
  }).listen(0, "127.0.0.1");
  await waitFor(() => server.listening);
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;

  const spansOf = (trace: Trace) => spans.filter(({ traceId }) => traceId === trace.traceId);
  const paths = (trace: Trace) => {
    const own = spansOf(trace);
    const byId = new Map(own.map((span) => [span.spanId, span]));
    const pathOf = (span: SeenSpan): string => {
      const label = `${span.name} ${kinds[span.kind] ?? span.kind}`;
      if (span.parentSpanId === trace.spanId) return label;
      const parent = byId.get(span.parentSpanId ?? "");
      if (!parent) throw new Error(`${label} of ${span.service} has no parent in its trace`);
      return `${pathOf(parent)} > ${label}`;
    };
    return own.map(pathOf).toSorted();
  };
  return {
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_BSP_SCHEDULE_DELAY: "50",
    },
    spans,
    text: () => text,
    spansOf,
    paths,
    async untilPaths(trace, expected) {
      const complete = () => expected.every((path) => paths(trace).includes(path));
      await waitFor(complete, { timeoutMs: 10_000 }).catch((cause: unknown) => {
        const seen = spansOf(trace).map(({ name, kind }) => `${name} ${kinds[kind]}`);
        throw new Error(`not all of ${expected.join(" | ")} among ${seen.join(", ")}`, { cause });
      });
      return paths(trace);
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
