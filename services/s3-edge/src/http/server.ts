/**
 * The HTTP server. fastify listens and closes; S3 has its own idea of paths, methods and bodies, so requests come straight from Node
 * and never meet a router or a body parser.
 *
 * Gaps: idle is not slow: a client that sends or takes a byte now and then keeps its connection. HTTP/2 is not spoken.
 */
import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { ConfigError, readSetting } from "@holdfast/runtime";
import { fastify, type FastifyInstance } from "fastify";
import type { EdgeConfig } from "../config.ts";
import { Exchange } from "./exchange.ts";
import { refuseMalformed } from "./malformed.ts";
import { Turns } from "./turns.ts";

export type HttpServer = {
  /** `http://127.0.0.1:9000` */
  readonly url: string;
  /** Stops listening; resolves when the requests in hand are answered. */
  close(): Promise<void>;
};

/** All headers together; SigV4 and 2 KB of metadata take a fraction of it, S3 allows 8 KB. */
const maxHeaderBytes = 32 * 1024;
/** How often a stopping server looks for connections that have become idle. */
const sweepMs = 50;

/** Starts listening; `handle` gets every request and must answer it. It never rejects. Rejects itself with ConfigError. */
export async function startHttp(
  config: EdgeConfig,
  handle: (exchange: Exchange) => Promise<void>,
): Promise<HttpServer> {
  const server = createFor(config);
  // Dropped: several processes of an edge that are full would else hand the connection to each other for ever.
  Object.assign(server, { maxConnections: config.HOLDFAST_MAX_CONNECTIONS, dropMaxConnection: true });
  const hostId = randomBytes(24).toString("base64");
  const turns = new Turns();
  let closing = false;
  const take = async (request: IncomingMessage, response: ServerResponse, expectsContinue: boolean) => {
    const turn = turns.take(request.socket);
    if (turn === "refused") return;
    await turn;
    await handle(new Exchange(request, response, { hostId, expectsContinue, isClosing: () => closing }));
    turns.give(request.socket);
  };
  server.on("request", (request, response) => void take(request, response, false));
  // "Expect: 100-continue": the client is told to go on when the body is wanted, not before.
  server.on("checkContinue", (request, response) => void take(request, response, true));
  server.on("clientError", (error, socket) => refuseMalformed(error, socket, hostId));
  const app = fastify({ serverFactory: () => server, forceCloseConnections: "idle", logger: false });
  const url = await listen(app, config);
  const close = async () => {
    closing = true;
    // Connections that were busy when the listening ended would live on until their keep-alive time is over.
    const sweep = setInterval(() => server.closeIdleConnections(), sweepMs);
    await app.close();
    clearInterval(sweep);
  };
  return { url, close };
}

function createFor(config: EdgeConfig): Server {
  const options: ServerOptions & { readonly optimizeEmptyRequests: boolean } = {
    maxHeaderSize: maxHeaderBytes,
    headersTimeout: config.HOLDFAST_HTTP_HEADERS_TIMEOUT,
    // How often Node looks for connections past that limit; by itself each 30 s.
    connectionsCheckingInterval: Math.min(10_000, Math.ceil(config.HOLDFAST_HTTP_HEADERS_TIMEOUT / 2)),
    // Bodies have their own idle limit; a 5 GiB upload takes as long as it takes.
    requestTimeout: 0,
    keepAliveTimeout: config.HOLDFAST_HTTP_KEEP_ALIVE_TIMEOUT,
    // What announces no body gets none: no stream is set up for it.
    optimizeEmptyRequests: true,
    // The pipeline looks at it, and answers as S3 does.
    requireHostHeader: false,
  };
  const { HOLDFAST_TLS_CERT: cert, HOLDFAST_TLS_KEY: key } = config;
  if (!cert && !key) return createServer(options);
  if (!cert || !key) {
    // Half of a pair must not mean plain HTTP.
    const missing = cert ? "HOLDFAST_TLS_KEY" : "HOLDFAST_TLS_CERT";
    throw new ConfigError([`${missing}: is missing beside the other half; set both, or neither for plain HTTP`]);
  }
  const pair = { cert: readSetting("HOLDFAST_TLS_CERT", cert), key: readSetting("HOLDFAST_TLS_KEY", key) };
  try {
    return createTlsServer({ ...options, ...pair, handshakeTimeout: config.HOLDFAST_HTTP_HEADERS_TIMEOUT });
  } catch (error) {
    throw new ConfigError([`HOLDFAST_TLS_CERT, HOLDFAST_TLS_KEY: not a certificate with its key (${words(error)})`]);
  }
}

async function listen(app: FastifyInstance, config: EdgeConfig): Promise<string> {
  const { HOLDFAST_S3_HOST: host, HOLDFAST_S3_PORT: port } = config;
  try {
    const url = await app.listen({ host, port });
    // fastify does not know what kind of server it was given.
    return config.HOLDFAST_TLS_CERT ? url.replace(/^http:/, "https:") : url;
  } catch (error) {
    throw new ConfigError([
      `HOLDFAST_S3_PORT: cannot listen on ${host}:${port} (${words(error)}); choose another, or 0`,
    ]);
  }
}

const words = (error: unknown) => (error instanceof Error ? error.message : String(error));
