/** Requests as bytes: what SDKs cannot or will not send. */
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import { connect as connectTcp, type Socket } from "node:net";
import { checkServerIdentity, connect as connectTls, type PeerCertificate } from "node:tls";
import { type Query, queryString, type Signable, signHeaders, type SigningOptions, sha256 } from "./signer.ts";
import { target } from "./target.ts";

export type Answer = { status: number; headers: Record<string, string>; body: Buffer; text: string };

export type WireRequest = {
  readonly method: string;
  /** As on the wire, before `?`. */
  readonly path: string;
  readonly query?: Query;
  /** Exactly these, plus Content-Length where there is a body. Nothing is signed here. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
};

/** Sends a request as it is, on a connection of its own. */
export async function send(wire: WireRequest): Promise<Answer> {
  const url = new URL(target.endpoint);
  const body = wire.body === undefined ? undefined : Buffer.from(wire.body);
  const headers: Record<string, string> = { ...wire.headers };
  const hasBody = body !== undefined || wire.method === "PUT" || wire.method === "POST";
  if (hasBody && headers["content-length"] === undefined && headers["transfer-encoding"] === undefined) {
    headers["content-length"] = String(body?.length ?? 0);
  }
  const query = wire.query ?? [];
  const options = {
    host: url.hostname,
    port: url.port,
    method: wire.method,
    path: query.length === 0 ? wire.path : `${wire.path}?${queryString(query)}`,
    headers,
    setHost: false,
    agent: false,
    // The certificate is the endpoint's, whatever the Host header says.
    checkServerIdentity: (_host: string, certificate: PeerCertificate) =>
      checkServerIdentity(url.hostname, certificate),
  } as const;
  const request = url.protocol === "https:" ? tlsRequest(options) : plainRequest(options);
  return await new Promise<Answer>((resolve, reject) => {
    let answered = false;
    request.on("response", (response) => {
      answered = true;
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => {
        const bytes = Buffer.concat(chunks);
        const fields = Object.entries(response.headers).map(([name, value]) => [name, String(value)] as const);
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(fields),
          body: bytes,
          text: bytes.toString("utf8"),
        });
      });
    });
    // A server may refuse before it has read the whole body: its answer counts, not our failed write.
    request.on("error", (error) => (answered ? undefined : reject(error)));
    request.end(body);
  });
}

export type SignedRequest = Signable & { readonly body?: Uint8Array | string };

/** Signs with the payload's hash and sends. */
export async function call(request: SignedRequest, options: SigningOptions = {}): Promise<Answer> {
  const payloadHash = options.payloadHash ?? sha256(request.body ?? "");
  const { headers } = signHeaders(request, { ...options, payloadHash });
  return await send({ ...request, headers });
}

/** The text of the first element of this name. */
export function element(xml: string, name: string): string | undefined {
  const text = new RegExp(`<${name}(?:\\s[^>]*)?>([\\s\\S]*?)</${name}>`).exec(xml)?.[1];
  return text
    ?.replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&apos;", "'")
    .replace(/&#x([0-9a-fA-F]+);/g, (_, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)))
    .replace(/&#(\d+);/g, (_, digits: string) => String.fromCodePoint(Number(digits)))
    .replaceAll("&amp;", "&");
}

export function elements(xml: string, name: string): string[] {
  const found = xml.match(new RegExp(`<${name}(?:\\s[^>]*)?>[\\s\\S]*?</${name}>`, "g")) ?? [];
  return found.map((text) => element(text, name) ?? "");
}

/** `403 AccessDenied`: what an answer says in two words. */
export function verdict(answer: Answer): string {
  const code = answer.text.includes("<Error>") ? element(answer.text, "Code") : undefined;
  return code === undefined ? String(answer.status) : `${answer.status} ${code}`;
}

/** A connection to the endpoint for requests that break off. */
export async function openSocket(): Promise<Socket> {
  const url = new URL(target.endpoint);
  const port = Number(url.port === "" ? (url.protocol === "https:" ? 443 : 80) : url.port);
  const socket =
    url.protocol === "https:"
      ? connectTls({ host: url.hostname, port, servername: url.hostname })
      : connectTcp({ host: url.hostname, port });
  await new Promise<void>((resolve, reject) => {
    socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () => resolve());
    socket.once("error", reject);
  });
  return socket;
}

/** The head of a request in HTTP/1.1's own words. */
export function requestHead(wire: Omit<WireRequest, "body">): string {
  const query = wire.query ?? [];
  const path = query.length === 0 ? wire.path : `${wire.path}?${queryString(query)}`;
  const lines = Object.entries(wire.headers).map(([name, value]) => `${name}: ${value}`);
  return [`${wire.method} ${path} HTTP/1.1`, ...lines, "", ""].join("\r\n");
}
