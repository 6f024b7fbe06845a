/** Sends answers and errors. An answer that breaks after its headers ends the connection: never a short success. */
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { renderError, type S3Error } from "@holdfast/s3-protocol";
import type { Answer, Exchange } from "./exchange.ts";

/** What of an unread body is read and dropped, so that the client sees the answer before the connection closes. */
const drainBytes = 1024 * 1024;
const drainMs = 2_000;

const xml = [["content-type", "application/xml"]] as const;

/** Sends what an operation answered; rejects when a streamed body fails (the connection is then gone). */
export async function sendAnswer(exchange: Exchange, answer: Answer, idleMs: number): Promise<void> {
  const { response, request } = exchange;
  const { body, status } = answer;
  const bodyless = request.method === "HEAD" || status === 204 || status === 304;
  const isXml = typeof body === "string";
  const bytes = isXml ? Buffer.from(body) : body instanceof Uint8Array ? body : undefined;
  const length = answer.length ?? bytes?.length;
  const headers: (readonly [string, string])[] = [...(isXml ? xml : []), ...(answer.headers ?? [])];
  if (length !== undefined && status !== 204 && status !== 304) headers.push(["content-length", String(length)]);
  else if (!body && status !== 204 && status !== 304) headers.push(["content-length", "0"]);
  writeHead(exchange, status, headers);
  if (bodyless || !body) return finish(exchange);
  if (bytes) {
    exchange.bytesOut += bytes.length;
    response.write(bytes);
    return finish(exchange);
  }
  response.setTimeout(idleMs, () => response.destroy());
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      exchange.bytesOut += chunk.length;
      if (!response.write(chunk)) await drained(response);
    }
  } catch (error) {
    response.destroy();
    throw error;
  }
  return finish(exchange);
}

/** Sends an error as S3's XML; on HEAD and 304 the headers alone. */
export async function sendError(exchange: Exchange, error: S3Error): Promise<void> {
  const { response, request, requestId, hostId, signed } = exchange;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const context = { requestId, hostId, resource: signed.rawPath };
  const body = Buffer.from(renderError(error, context));
  const bodyless = request.method === "HEAD" || error.status === 304;
  const length: [string, string][] = error.status === 304 ? [] : [["content-length", String(body.length)]];
  const retry: [string, string][] = error.status === 503 ? [["retry-after", "1"]] : [];
  writeHead(exchange, error.status, [...xml, ...length, ...retry, ...Object.entries(error.headers)]);
  if (!bodyless) {
    exchange.bytesOut += body.length;
    response.write(body);
  }
  await finish(exchange);
}

function writeHead(exchange: Exchange, status: number, headers: readonly (readonly [string, string])[]): void {
  const { response, request, requestId, hostId } = exchange;
  const flat = ["x-amz-request-id", requestId, "x-amz-id-2", hostId, "server", "Holdfast"];
  for (const [name, value] of headers) flat.push(name, value);
  // The rest of a body that nobody will read stands between us and the connection's next request.
  if (!request.complete) flat.push("connection", "close");
  response.writeHead(status, flat);
}

async function finish({ request, response }: Exchange): Promise<void> {
  if (!request.complete && !request.destroyed) await dropBody(request);
  if (response.destroyed) return;
  response.end();
}

/** Reads and drops a bounded rest of the body: a socket closed with unread bytes takes the answer down with it. */
async function dropBody(request: Exchange["request"]): Promise<void> {
  let dropped = 0;
  const enough = Promise.withResolvers<void>();
  const timer = setTimeout(() => enough.resolve(), drainMs);
  request.on("data", (chunk: Buffer) => {
    dropped += chunk.length;
    if (dropped > drainBytes) enough.resolve();
  });
  for (const event of ["end", "close", "error"]) request.once(event, () => enough.resolve());
  request.resume();
  await enough.promise;
  clearTimeout(timer);
}

/** Resolves when the client has taken what was written; rejects when it went away. */
async function drained(response: ServerResponse): Promise<void> {
  if (response.destroyed) throw new Error("the client went away");
  const gone = new AbortController();
  const onClose = () => gone.abort();
  response.once("close", onClose);
  try {
    await once(response, "drain", { signal: gone.signal });
  } finally {
    response.off("close", onClose);
  }
}
