/** One trace from the caller of an HTTP request, through the component, to what the component asked of the host. */
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { waitFor } from "@holdfast/testkit";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { call, type Harness, http, imageOf, startHarness } from "./harness.ts";

const Span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  name: z.string(),
});
type Span = z.output<typeof Span>;
const Export = z.object({
  resourceSpans: z.array(z.object({ scopeSpans: z.array(z.object({ spans: z.array(Span) })) })),
});

const spans: Span[] = [];
let collector: Server;
let harness: Harness;
beforeAll(async () => {
  collector = createServer((request, response) => {
    void (async () => {
      const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
      const { resourceSpans } = Export.parse(JSON.parse(body));
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      response.end("{}");
    })();
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const { port } = collector.address() as AddressInfo;
  harness = await startHarness({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
    OTEL_BSP_SCHEDULE_DELAY: "50",
  });
});
afterAll(async () => {
  await harness[Symbol.asyncDispose]();
  collector.close();
});

test("a request's trace goes on through the component to each of its calls of the host", async () => {
  const components = [{ name: "kv", image: await imageOf("http-keyvalue") }];
  const hostInterfaces = [
    http(["incoming-handler"], { host: "kv.test" }),
    { namespace: "wasi", package: "keyvalue", interfaces: ["store", "atomics"], config: { backend: "memory" } },
  ];
  await harness.start({ witWorld: { components, hostInterfaces } });
  const traceId = "0af7651916cd43dd8448eb211c80319c";
  const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
  await call(harness.host.http, "kv.test", "/default/colour", { method: "PUT", body: "blue", headers });
  const ofTrace = () => spans.filter((span) => span.traceId === traceId);
  await waitFor(() => ofTrace().some(({ name }) => name === "host-agent/HTTP"), { timeoutMs: 15_000 });
  const parentOf = (name: string) => {
    const span = ofTrace().find((each) => each.name === name);
    return ofTrace().find(({ spanId }) => spanId === span?.parentSpanId)?.name;
  };
  expect(parentOf("component kv")).toBe("host-agent/HTTP");
  expect(parentOf("wasi-keyvalue/open")).toBe("component kv");
  expect(parentOf("wasi-keyvalue/set")).toBe("component kv");
});
