/**
 * Workloads' HTTP on one port: a request goes to the workload that its Host header and path name (routes.ts). Bodies stream both ways,
 * each as fast as the slower side takes it. The caller's trace goes on: a span for the request, one for the component's call.
 */
import { ConfigError, extractTrace, type Logger, metrics, SpanKind, withSpan } from "@holdfast/runtime";
import { readFileSync } from "node:fs";
import { createServer as createHttpServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import type { HostAgentConfig } from "../config.ts";
import { WorkloadCallFailed } from "../plugin.ts";
import { parseInterfaceName } from "../workloads/interface-name.ts";
import type { Workload } from "../workloads/workload.ts";
import { announcedTrailers, answerWith, BodyTooLarge, limited } from "./bodies.ts";
import { targetOf } from "./request-target.ts";
import { type Route, Routes, routesOf } from "./routes.ts";
import { withComponentSpan } from "../component-span.ts";

/** A component that answers HTTP. */
type Target = { readonly workload: Workload; readonly component: string };

export type Front = {
  /** `http://127.0.0.1:8000` */
  readonly url: string;
  readonly port: number;
  /** Routes requests to the workload as it declares; what it gives takes them away again. Throws when a route is another tenant's. */
  publish(workload: Workload): () => void;
  close(): Promise<void>;
};

export type FrontConfig = Pick<
  HostAgentConfig,
  | "HOLDFAST_HOST_HTTP_HOST"
  | "HOLDFAST_HOST_HTTP_PORT"
  | "HOLDFAST_HOST_HTTP_CERT"
  | "HOLDFAST_HOST_HTTP_KEY"
  | "HOLDFAST_HOST_MAX_BODY_BYTES"
  | "HOLDFAST_HOST_IDLE_TIMEOUT"
>;

const requests = metrics.tallies({
  name: "holdfast_host_http_requests_total",
  help: "HTTP requests to workloads, by status class",
  labels: ["status"],
});

/** Seconds a client is told to wait where trying again helps. */
const retryAfter = "1";

/** Listens. Rejects with ConfigError when the port is taken, and when the certificate cannot be read. */
export async function startFront(config: FrontConfig, log: Logger): Promise<Front> {
  const routes = new Routes<Target>();
  const maxBytes = config.HOLDFAST_HOST_MAX_BODY_BYTES;
  const server = makeServer(config);
  // who neither sends nor takes for long holds a call's place
  server.setTimeout(config.HOLDFAST_HOST_IDLE_TIMEOUT);
  server.on("request", (request, response) => void answer(request, response, { routes, maxBytes, log }));
  server.on("clientError", (_error, socket) => {
    if (socket.writable) socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
  });
  const port = await listen(server, config);
  const scheme = config.HOLDFAST_HOST_HTTP_CERT === undefined ? "http" : "https";
  return {
    url: `${scheme}://${config.HOLDFAST_HOST_HTTP_HOST}:${port}`,
    port,
    publish: (workload) => routes.add(routesFor(workload), (one, other) => isSameTenant(one.workload, other.workload)),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      await closed;
    },
  };
}

function makeServer(config: FrontConfig): Server {
  const settings = { requestTimeout: 0, headersTimeout: 30_000, keepAliveTimeout: 75_000, maxHeaderSize: 64 * 1024 };
  const { HOLDFAST_HOST_HTTP_CERT: cert, HOLDFAST_HOST_HTTP_KEY: key } = config;
  if (cert === undefined || key === undefined) return createHttpServer(settings);
  return createHttpsServer({ ...settings, cert: readFileSync(cert), key: readFileSync(key), minVersion: "TLSv1.2" });
}

async function listen(server: Server, config: FrontConfig): Promise<number> {
  const { HOLDFAST_HOST_HTTP_HOST: host, HOLDFAST_HOST_HTTP_PORT: port } = config;
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  server.once("error", ({ message }) =>
    reject(
      new ConfigError([`HOLDFAST_HOST_HTTP_PORT: cannot listen on ${host}:${port} (${message}); choose another, or 0`]),
    ),
  );
  server.listen(port, host, () => {
    // A TCP server that listens has an address with a port.
    resolve((server.address() as AddressInfo).port);
  });
  return promise;
}

const isSameTenant = (one: Workload, other: Workload) => one.info.namespace === other.info.namespace;

const isHttpHandler = (name: string) => {
  const parsed = parseInterfaceName(name);
  return parsed?.namespace === "wasi" && parsed.package === "http" && parsed.interface === "incoming-handler";
};

/** One route per declared wasi:http incoming-handler; `config.component` chooses among several components that answer HTTP. */
function routesFor(workload: Workload): Route<Target>[] {
  const answering = workload.shapes.filter(({ exports }) => exports.some(isHttpHandler));
  const declared = workload.manifest.declared.filter(
    ({ namespace, package: name, interfaces }) =>
      namespace === "wasi" && name === "http" && (interfaces.length === 0 || interfaces.includes("incoming-handler")),
  );
  return declared.flatMap((entry) => {
    const wanted = entry.config["component"];
    const chosen = answering.find(({ name }) => wanted === undefined || name === wanted);
    if (chosen === undefined && wanted !== undefined) {
      throw new Error(`wasi:http: config.component is ${JSON.stringify(wanted)}, which exports no incoming-handler`);
    }
    return chosen === undefined ? [] : routesOf(entry, { workload, component: chosen.name });
  });
}

type Answering = { readonly routes: Routes<Target>; readonly maxBytes: number; readonly log: Logger };

/** Never rejects. */
async function answer(request: IncomingMessage, response: ServerResponse, answering: Answering): Promise<void> {
  response.once("finish", () => endUnread(request));
  const settings = {
    kind: SpanKind.SERVER,
    parent: extractTrace({ get: (name) => String(request.headers[name] ?? "") }),
    attributes: { "http.request.method": request.method ?? "" },
  };
  try {
    await withSpan("host-agent/HTTP", () => route(request, response, answering), settings);
  } catch (error) {
    refuse(response, error, answering.log);
  }
  requests(`${Math.floor(response.statusCode / 100)}xx`).add();
}

async function route(
  request: IncomingMessage,
  response: ServerResponse,
  { routes, maxBytes }: Answering,
): Promise<void> {
  const { upgrade } = request.headers;
  if (upgrade !== undefined && upgrade.toLowerCase() !== "h2c") return refuseUpgrade(response, upgrade);
  const wanted = targetOf(request);
  if (wanted === undefined)
    return say(response, 400, "the request names its host in no way that can be read, or twice");
  const { authority, path } = wanted;
  const found = routes.find(authority, path);
  if (!("targets" in found)) return explain(response, found.missing, authority, path);
  const target = found.targets.find(({ workload }) => workload.isReady) ?? found.targets[0];
  if (target === undefined) return explain(response, "host", authority, path);
  const { workload, component } = target;
  const caller = new AbortController();
  response.once("close", () => caller.abort());
  const head = {
    method: request.method ?? "GET",
    pathWithQuery: path,
    scheme: isTls(request) ? "https" : "http",
    authority,
    headers: request.rawHeaders,
  };
  await withComponentSpan({ workloadId: workload.id, component }, async (traceparent) => {
    const scope = { signal: caller.signal, traceparent };
    const asked = { head, body: bodyOf(request, maxBytes), trailers: announcedTrailers(request) };
    const answered = await workload.http(component, asked, scope);
    await answerWith(response, answered, { isHead: request.method === "HEAD", maxBytes });
  });
}

const isTls = ({ socket }: IncomingMessage) => "encrypted" in socket && (socket as TLSSocket).encrypted;

/** None where the client announced none. */
function bodyOf(request: IncomingMessage, maxBytes: number): AsyncIterable<Uint8Array> | undefined {
  const { "content-length": length, "transfer-encoding": coding } = request.headers;
  if ((length === undefined || length === "0") && coding === undefined) return undefined;
  if (Number(length ?? 0) > maxBytes) throw new BodyTooLarge("request", maxBytes);
  // its end is not the connection's: the response may still have to go out
  return limited(request.iterator({ destroyOnReturn: false }), "request", maxBytes);
}

/** A client that goes on sending after its answer is listened to for a moment, so that it reads the answer, and then cut off. */
const lingerMs = 1_000;

function endUnread(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  request.resume();
  setTimeout(() => request.complete || request.destroy(), lingerMs).unref();
}

/** An offer to go on with HTTP/2 may be passed over (RFC 9110, 7.8); who asks for something else, as WebSocket does, could not go on without. */
function refuseUpgrade(response: ServerResponse, upgrade: string): void {
  say(response, 501, `no upgrade to ${JSON.stringify(upgrade.slice(0, 64))}: components answer HTTP requests`);
}

function explain(response: ServerResponse, missing: "host" | "path", authority: string, path: string): void {
  if (missing === "path") return say(response, 404, `no workload answers ${path.split("?")[0]} on this host`);
  say(
    response,
    421,
    `no workload on this host answers for ${JSON.stringify(authority)}: see config.host of wasi:http in the manifest`,
  );
}

function refuse(response: ServerResponse, error: unknown, log: Logger): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (error instanceof BodyTooLarge) return say(response, 413, error.message);
  if (!(error instanceof WorkloadCallFailed)) {
    log.error({ err: error }, "unexpected error");
    return say(response, 500, "the host failed unexpectedly");
  }
  if (error.code === "trapped") return say(response, 502, `the component failed: ${error.message}`);
  if (error.code === "timeout") return say(response, 504, `the component did not answer: ${error.message}`);
  response.setHeader("retry-after", retryAfter);
  say(response, 503, error.message);
}

function say(response: ServerResponse, status: number, text: string): void {
  const body = `holdfast: ${text}\n`;
  // What is left of the request would be taken for the next one.
  if (!response.req.complete) response.setHeader("connection", "close");
  response.writeHead(status, {
    "content-type": "text/plain; charset=utf-8",
    "content-length": Buffer.byteLength(body),
  });
  response.end(body);
}
