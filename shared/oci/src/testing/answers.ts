/** Answers of the test registry, whole, cut or damaged. */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Refusal } from "./registry-auth.ts";

export type Answer = { status: number; headers?: Record<string, string>; body?: Uint8Array | string };

const maxBody = 512 * 1024 * 1024;

export async function readAll(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of request) {
    pieces.push(piece);
    length += piece.length;
    if (length > maxBody) throw new Error("the body is too large for a test");
  }
  return Buffer.concat(pieces);
}

/** What a manifest or an index names. */
export function blobsOf(manifest: Uint8Array): string[] {
  return [
    ...Buffer.from(manifest)
      .toString("utf8")
      .matchAll(/"digest"\s*:\s*"([^"]+)"/g),
  ].map(([, digest = ""]) => digest);
}

export function failure(status: number, code: string, detail: string): Answer {
  return {
    status,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ errors: [{ code, message: detail }] }),
  };
}

export function fromRefusal({ status, headers = {}, body = {} }: Refusal): Answer {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}

export function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, headers = {}, body = "" }: Answer,
): void {
  response.writeHead(status, { ...headers, "content-length": Buffer.byteLength(body) });
  response.end(method === "HEAD" ? undefined : body);
}

/** The headers promise the whole body; half of it comes. */
export function cut(response: ServerResponse, { status, headers = {}, body = "" }: Answer): void {
  const bytes = Buffer.from(body);
  if (bytes.length === 0) return void response.destroy();
  response.writeHead(status, { ...headers, "content-length": bytes.length });
  response.write(bytes.subarray(0, bytes.length >> 1), () => response.destroy());
}

export function corrupted(answer: Answer): Answer {
  const body = Buffer.from(answer.body ?? "");
  body[0] = (body[0] ?? 0) ^ 1;
  return { ...answer, body };
}
