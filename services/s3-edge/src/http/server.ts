/**
 * The HTTP server. fastify listens, drains and keeps the connections; S3 has its own idea of paths, methods and bodies, so every
 * request is taken over before fastify's router or parsers look at it.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { renderError, s3Error } from "@holdfast/s3-protocol";
import { fastify, type FastifyInstance } from "fastify";
import type { EdgeConfig } from "../config.ts";
import { Exchange } from "./exchange.ts";

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
    logger: false,
    keepAliveTimeout: config.HOLDFAST_HTTP_KEEP_ALIVE_TIMEOUT_MS,
    // Bodies have their own idle limit; a 5 GiB upload takes as long as it takes.
    requestTimeout: 0,
    http: {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: config.HOLDFAST_HTTP_HEADERS_TIMEOUT_MS,
      requireHostHeader: false,
    },
  };
  const { HOLDFAST_TLS_CERT: cert, HOLDFAST_TLS_KEY: key } = config;
  if (!cert || !key) return common;
  return { ...common, https: { ...common.http, cert: readFileSync(cert), key: readFileSync(key) } };
}

/** Starts listening; `handle` gets every request and must answer it. It never rejects. */
export async function startHttp(
  config: EdgeConfig,
  handle: (exchange: Exchange) => Promise<void>,
): Promise<HttpServer> {
  // fastify's type of an instance depends on HTTP or HTTPS; what is used here is the same for both.
  const app = fastify(options(config)) as unknown as FastifyInstance;
  const hostId = randomBytes(24).toString("base64");
  const waiting = new WeakSet<IncomingMessage>();
  const originals = new WeakMap<IncomingMessage, string>();
  const takeOver = async (raw: IncomingMessage, response: ServerResponse) => {
    raw.url = originals.get(raw) ?? raw.url ?? "/";
    await handle(new Exchange(raw, response, { hostId, expectsContinue: waiting.has(raw) }));
  };
  app.addHook("onRequest", async (request, reply) => {
    reply.hijack();
    await takeOver(request.raw, reply.raw);
  });
  app.all("/", () => undefined);
  // Methods that fastify has no route for come here; the hook above has answered them already.
  app.setNotFoundHandler(() => undefined);
  app.server.prependListener("request", (raw) => void originals.set(raw, raw.url ?? "/"));
  // "Expect: 100-continue": the client is told to go on when the body is wanted, not before.
  app.server.on("checkContinue", (raw: IncomingMessage, response: ServerResponse) => {
    waiting.add(raw);
    app.server.emit("request", raw, response);
  });
  app.server.removeAllListeners("clientError");
  app.server.on("clientError", (error: NodeJS.ErrnoException, socket: Socket) => refuse(error, socket, hostId));
  app.server.maxRequestsPerSocket = 0;
  const url = await app.listen({ host: config.HOLDFAST_S3_HOST, port: config.HOLDFAST_S3_PORT });
  return { url, close: () => app.close() };
}

/** What is no HTTP gets an S3 error too, where there is still somebody to read it. */
function refuse(error: NodeJS.ErrnoException, socket: Socket, hostId: string): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
    return;
  }
  const requestId = randomBytes(8).toString("hex").toUpperCase();
  const timedOut = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
  const answer = timedOut
    ? s3Error("RequestTimeout")
    : s3Error("BadRequest", { message: "The request is not valid HTTP." });
  const body = renderError(answer, { requestId, hostId });
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nx-amz-request-id: ${requestId}\r\ncontent-type: application/xml\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  );
}
