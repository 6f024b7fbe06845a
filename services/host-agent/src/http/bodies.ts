/** Bodies of HTTP messages between a socket and a component: limited, as fast as the slower side. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpResponse, Trailers } from "../workloads/isolate.ts";

/** A body above HOLDFAST_HOST_MAX_BODY_BYTES. */
export class BodyTooLarge extends Error {
  override readonly name = "BodyTooLarge";

  constructor(which: "request" | "response", maxBytes: number) {
    super(`the ${which} body is more than ${maxBytes} bytes`);
  }
}

/** The same bytes; throws once they are too many. */
export async function* limited(
  body: AsyncIterable<Uint8Array>,
  which: "request" | "response",
  maxBytes: number,
): AsyncGenerator<Uint8Array, void> {
  let seen = 0;
  for await (const bytes of body) {
    seen += bytes.length;
    if (seen > maxBytes) throw new BodyTooLarge(which, maxBytes);
    yield bytes;
  }
}

/** What belongs to a connection is Node's to say. */
const ofConnection = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "proxy-connection"]);

function visible(headers: readonly string[]): string[] {
  const kept: string[] = [];
  for (let at = 0; at + 1 < headers.length; at += 2) {
    const name = headers[at] ?? "";
    if (!ofConnection.has(name.toLowerCase())) kept.push(name, headers[at + 1] ?? "");
  }
  return kept;
}

/** What may not stand behind a body (RFC 9110, 6.5.1): framing, routing, who asks, how to read it. */
const notInTrailers = new Set([
  ...ofConnection,
  "authorization",
  "content-encoding",
  "content-length",
  "content-range",
  "content-type",
  "cookie",
  "host",
  "proxy-authorization",
  "set-cookie",
  "te",
  "trailer",
]);

/** Trailers that may be passed on, as node:http's `addTrailers` takes them. */
export function fitTrailers(trailers: readonly string[] = []): [name: string, value: string][] {
  const fit: [string, string][] = [];
  for (let at = 0; at + 1 < trailers.length; at += 2) {
    const name = trailers[at] ?? "";
    if (!notInTrailers.has(name.toLowerCase())) fit.push([name, trailers[at + 1] ?? ""]);
  }
  return fit;
}

/** The trailers of a message that came, where it announced any: nobody waits for what is not to come. */
export function announcedTrailers(message: IncomingMessage): Trailers | undefined {
  return message.headers.trailer === undefined ? undefined : () => fitTrailers(message.rawTrailers).flat();
}

/** Writes a component's response. Rejects when its body breaks off: then the connection has to be closed. */
export async function answerWith(
  response: ServerResponse,
  { status, headers, body, trailers }: HttpResponse,
  { isHead, maxBytes }: { isHead: boolean; maxBytes: number },
): Promise<void> {
  const kept = visible(headers);
  const isWhole = body instanceof Uint8Array;
  const hasLength = kept.some((name, at) => at % 2 === 0 && name.toLowerCase() === "content-length");
  const mayHaveBody = !isHead && status !== 204 && status !== 304;
  if (isWhole && !hasLength && mayHaveBody) kept.push("content-length", String(body.length));
  response.writeHead(status, kept);
  if (isWhole) {
    if (body.length > maxBytes) throw new BodyTooLarge("response", maxBytes);
    response.end(mayHaveBody ? body : undefined);
    return;
  }
  for await (const bytes of limited(body, "response", maxBytes)) {
    if (response.destroyed) return;
    if (mayHaveBody && !response.write(bytes)) await drained(response);
  }
  response.addTrailers(fitTrailers(trailers()));
  response.end();
}

/** Resolves when there is room again, or the client is gone. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}
