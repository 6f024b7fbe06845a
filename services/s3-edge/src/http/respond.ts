/** Sends answers and errors. An answer that breaks after its headers ends the connection: never a short success. */
import type { ServerResponse } from "node:http";
import { renderError, type S3Error } from "@holdfast/s3-protocol";
import type { Answer, Exchange } from "./exchange.ts";
import { dropBody } from "./linger.ts";

const xml = [["content-type", "application/xml"]] as const;

type Headers = readonly (readonly [name: string, value: string])[];

export type Sending = {
  /** How long a client may take nothing. */
  readonly idleMs: number;
  /** Counts bytes of an answer that wait for their client. */
  readonly hold: (bytes: number) => { release(): void };
};

/**
 * Sends what an operation answered, and resolves when the client has it or is gone: until then the request is in hand. Rejects when a
 * streamed body fails (the connection is then gone).
 */
export async function sendAnswer(exchange: Exchange, answer: Answer, sending: Sending): Promise<void> {
  const { idleMs } = sending;
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
  if (!bodyless && streamed) await sendStream(exchange, body as AsyncIterable<Uint8Array>, idleMs);
  finish(exchange, idleMs, bodyless ? undefined : bytes);
  const { response } = exchange;
  if (response.writableLength > 0 && !response.destroyed) await untilTaken(response, sending);
}

async function untilTaken(response: ServerResponse, { idleMs, hold }: Sending): Promise<void> {
  limitStall(response, idleMs);
  const held = hold(response.writableLength);
  await new Promise<void>((resolve) => void response.once("close", resolve));
  held.release();
}

/** Sends an error as S3's XML; on HEAD and 304 the headers alone. */
export function sendError(exchange: Exchange, error: S3Error, idleMs: number): void {
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
  finish(exchange, idleMs, bodyless ? undefined : body);
}

function writeHead(exchange: Exchange, status: number, headers: Headers): void {
  const { request, response, requestId, hostId } = exchange;
  const flat = ["x-amz-request-id", requestId, "x-amz-id-2", hostId, "server", "Holdfast"];
  for (const [name, value] of headers) flat.push(name, value);
  // The rest of a body that nobody will read stands between us and the connection's next request.
  if (exchange.hasUnreadBody || exchange.isClosing()) flat.push("connection", "close");
  response.writeHead(status, flat);
  // A client that sends all before it reads would wait for us as we for it.
  if (exchange.hasUnreadBody) request.resume();
}

/** Writes with the client's speed; a client that takes nothing for `idleMs` is left. */
async function sendStream(exchange: Exchange, body: AsyncIterable<Uint8Array>, idleMs: number): Promise<void> {
  const { response } = exchange;
  let wake: (() => void) | undefined;
  const news = () => wake?.();
  response.on("drain", news).on("close", news);
  try {
    for await (const chunk of body) {
      exchange.bytesOut += chunk.length;
      if (response.write(chunk)) continue;
      limitStall(response, idleMs);
      if (response.writableNeedDrain && !response.destroyed) await new Promise<void>((resolve) => (wake = resolve));
      if (response.destroyed) throw new ClientGone();
      // A slow NATS is not the client's fault.
      response.socket?.setTimeout(0);
    }
  } catch (error) {
    response.destroy();
    throw error;
  } finally {
    response.off("drain", news).off("close", news);
  }
}

/** From now on a client that takes nothing for this long loses its connection. The socket's clock sees progress within a large write. */
function limitStall(response: ServerResponse, idleMs: number): void {
  response.socket?.setTimeout(idleMs);
  if (response.listenerCount("timeout") === 0) response.on("timeout", () => response.destroy());
}

class ClientGone extends Error {
  override readonly name = "ClientGone";
}

/** Sends the last bytes and ends the answer; behind a body that nobody read, when the rest of that has been dropped. */
function finish(exchange: Exchange, idleMs: number, bytes?: Uint8Array): void {
  const { request, response } = exchange;
  exchange.bytesOut += bytes?.length ?? 0;
  if (exchange.hasUnreadBody) {
    if (bytes) response.write(bytes);
    else response.flushHeaders();
    dropBody(request, { isSending: exchange.isSending }, () => response.end());
    return;
  }
  // Head and body in one packet.
  response.end(bytes);
  if (response.writableLength > 0) limitStall(response, idleMs);
}
