/**
 * The HTTP server. fastify listens, drains and keeps the connections; S3 has its own idea of paths, methods and bodies, so every
 * request is taken over before fastify's router or parsers look at it.
 */
import { randomBytes } from "node:crypto";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { ConfigError, readSetting } from "@holdfast/runtime";
import { fastify, type FastifyInstance } from "fastify";
import type { EdgeConfig } from "../config.ts";
import { Exchange } from "./exchange.ts";
import { refuseMalformed } from "./malformed.ts";

export type HttpServer = {
  /** `http://127.0.0.1:9000` */
  readonly url: string;
  /** Stops listening; resolves when the requests in hand are answered. */
  close(): Promise<void>;
};

/** All headers together; SigV4 and 2 KB of metadata take a fraction of it, S3 allows 8 KB. */
const maxHeaderBytes = 32 * 1024;

function options(config: EdgeConfig) {
  const common = {
    // A key is not a route: the original URL is read by our own code.
    rewriteUrl: () => "/",
    forceCloseConnections: "idle" as const,
    // While draining, requests on open connections are answered like any other, not with fastify's JSON.
    return503OnClosing: false,
    logger: false,
    keepAliveTimeout: config.HOLDFAST_HTTP_KEEP_ALIVE_TIMEOUT_MS,
    // Bodies have their own idle limit; a 5 GiB upload takes as long as it takes.
    requestTimeout: 0,
  };
  const http = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: config.HOLDFAST_HTTP_HEADERS_TIMEOUT_MS,
    // How often Node looks for connections past that limit; by itself each 30 s.
    connectionsCheckingInterval: Math.min(10_000, Math.ceil(config.HOLDFAST_HTTP_HEADERS_TIMEOUT_MS / 2)),
    requireHostHeader: false,
  };
  const { HOLDFAST_TLS_CERT: cert, HOLDFAST_TLS_KEY: key } = config;
  if (!cert && !key) return { ...common, http };
  if (!cert || !key) {
    // Half of a pair must not mean plain HTTP.
    const missing = cert ? "HOLDFAST_TLS_KEY" : "HOLDFAST_TLS_CERT";
    throw new ConfigError([`${missing}: is missing beside the other half; set both, or neither for plain HTTP`]);
  }
  const tls = { cert: readSetting("HOLDFAST_TLS_CERT", cert), key: readSetting("HOLDFAST_TLS_KEY", key) };
  return { ...common, https: { ...http, ...tls } };
}

/** Starts listening; `handle` gets every request and must answer it. It never rejects. */
export async function startHttp(
  config: EdgeConfig,
  handle: (exchange: Exchange) => Promise<void>,
): Promise<HttpServer> {
  // fastify's type of an instance depends on HTTP or HTTPS; what is used here is the same for both.
  const app = fastify(options(config)) as unknown as FastifyInstance;
  const hostId = randomBytes(24).toString("base64");
  const arrivals = rememberArrivals(app.server);
  app.addHook("onRequest", async (request, reply) => {
    reply.hijack();
    const { url, expectsContinue } = arrivals.get(request.raw) ?? { url: "/", expectsContinue: false };
    request.raw.url = url;
    await handle(new Exchange(request.raw, reply.raw, { hostId, expectsContinue }));
  });
  app.all("/", () => undefined);
  // Methods that fastify has no route for come here; the hook above has answered them already.
  app.setNotFoundHandler(() => undefined);
  app.server.removeAllListeners("clientError");
  app.server.on("clientError", (error, socket) => refuseMalformed(error, socket, hostId));
  const url = await app.listen({ host: config.HOLDFAST_S3_HOST, port: config.HOLDFAST_S3_PORT });
  return { url, close: () => drain(app) };
}

/** Connections that were busy at first are closed when they fall idle; Node itself would wait for their keep-alive to end. */
async function drain(app: FastifyInstance): Promise<void> {
  const closing = setInterval(() => app.server.closeIdleConnections(), 50);
  try {
    await app.close();
  } finally {
    clearInterval(closing);
  }
}

type Arrival = { readonly url: string; readonly expectsContinue: boolean };

/** What fastify changes or does not pass on: the URL as it came, and whether the client waits for `100 Continue`. */
function rememberArrivals(server: Server): WeakMap<IncomingMessage, Arrival> {
  const arrivals = new WeakMap<IncomingMessage, Arrival>();
  const arrived = (raw: IncomingMessage, expectsContinue: boolean) =>
    arrivals.set(raw, { url: raw.url ?? "/", expectsContinue });
  server.prependListener("request", (raw) => {
    if (!arrivals.has(raw)) arrived(raw, false);
  });
  // The client is told to go on when the body is wanted, not before.
  server.on("checkContinue", (raw: IncomingMessage, response: ServerResponse) => {
    arrived(raw, true);
    server.emit("request", raw, response);
  });
  return arrivals;
}
