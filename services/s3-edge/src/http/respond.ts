/** Sends answers and errors. An answer that breaks after its headers ends the connection: never a short success. */
import { renderError, type S3Error } from "@holdfast/s3-protocol";
import type { Answer, Exchange } from "./exchange.ts";

/** What of an unread body is read and dropped, so that the client sees the answer before the connection closes. */
const drainBytes = 1024 * 1024;
const drainMs = 2_000;

const xml = [["content-type", "application/xml"]] as const;

type Headers = readonly (readonly [name: string, value: string])[];

/** Sends what an operation answered; rejects when a streamed body fails (the connection is then gone). */
export async function sendAnswer(exchange: Exchange, answer: Answer, idleMs: number): Promise<void> {
  const { body, status, headers = [] } = answer;
  const bytes = typeof body === "string" ? Buffer.from(body) : body instanceof Uint8Array ? body : undefined;
  const streamed = body !== undefined && bytes === undefined;
  // A streamed body of unknown length goes out in HTTP's own chunks.
  const length = answer.length ?? bytes?.length ?? (streamed ? undefined : 0);
  const lengthHeader: Headers =
    length === undefined || status === 204 || status === 304 ? [] : [["content-length", String(length)]];
  try {
    writeHead(exchange, status, [...(typeof body === "string" ? xml : []), ...headers, ...lengthHeader]);
  } catch (error) {
    if (streamed) await (body as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]().return?.();
    throw error;
  }
  const bodyless = exchange.request.method === "HEAD" || status === 204 || status === 304;
  if (bodyless || body === undefined) return finish(exchange);
  if (bytes) return finish(exchange, bytes);
  await sendStream(exchange, body as AsyncIterable<Uint8Array>, idleMs);
  return finish(exchange);
}

/** Sends an error as S3's XML; on HEAD and 304 the headers alone. */
export async function sendError(exchange: Exchange, error: S3Error): Promise<void> {
  const { response, request, requestId, hostId, signed } = exchange;
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const body = Buffer.from(renderError(error, { requestId, hostId, resource: signed.rawPath }));
  const length: Headers = error.status === 304 ? [] : [["content-length", String(body.length)]];
  const retry: Headers = error.status === 503 ? [["retry-after", "1"]] : [];
  writeHead(exchange, error.status, [...xml, ...length, ...retry, ...Object.entries(error.headers)]);
  const bodyless = request.method === "HEAD" || error.status === 304;
  await (bodyless ? finish(exchange) : finish(exchange, body));
}

function writeHead(exchange: Exchange, status: number, headers: Headers): void {
  const { response, requestId, hostId } = exchange;
  const flat = ["x-amz-request-id", requestId, "x-amz-id-2", hostId, "server", "Holdfast"];
  for (const [name, value] of headers) flat.push(name, value);
  // The rest of a body that nobody will read stands between us and the connection's next request.
  if (exchange.hasUnreadBody) flat.push("connection", "close");
  response.writeHead(status, flat);
}

/** Writes with the client's speed; a client that takes nothing for `idleMs` is left. */
async function sendStream(exchange: Exchange, body: AsyncIterable<Uint8Array>, idleMs: number): Promise<void> {
  const { response } = exchange;
  try {
    for await (const chunk of body) {
      exchange.bytesOut += chunk.length;
      if (!response.write(chunk)) await writable(exchange, idleMs);
    }
  } catch (error) {
    response.destroy();
    throw error;
  }
}

/** Resolves when the client has taken what was written. */
function writable({ response }: Exchange, idleMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    if (response.destroyed) return reject(new ClientGone());
    const settle = (error?: Error) => {
      clearTimeout(timer);
      response.off("drain", onDrain).off("close", onClose);
      if (error) reject(error);
      else resolve();
    };
    const onDrain = () => settle();
    const onClose = () => settle(new ClientGone());
    const timer = setTimeout(onClose, idleMs);
    response.once("drain", onDrain).once("close", onClose);
  });
}

class ClientGone extends Error {
  override readonly name = "ClientGone";
}

async function finish(exchange: Exchange, bytes?: Uint8Array): Promise<void> {
  const { response } = exchange;
  exchange.bytesOut += bytes?.length ?? 0;
  // Head and body in one packet.
  if (!exchange.hasUnreadBody) response.end(bytes);
  else {
    if (bytes) response.write(bytes);
    else response.flushHeaders();
    if (exchange.isSending) await dropBody(exchange);
    response.end();
  }
}

/** Reads and drops a bounded rest of the body: a socket closed with unread bytes takes the answer down with it. */
function dropBody({ request }: Exchange): Promise<void> {
  return new Promise((resolve) => {
    let dropped = 0;
    const enough = () => {
      clearTimeout(timer);
      request.off("data", onData).pause();
      resolve();
    };
    const onData = (chunk: Buffer) => {
      dropped += chunk.length;
      if (dropped > drainBytes) enough();
    };
    const timer = setTimeout(enough, drainMs);
    request.on("data", onData).once("end", enough).once("close", enough).resume();
  });
}
