/**
 * Signature Version 4 for S3, written from AWS's documents and sharing nothing with the product, so that one mistake
 * cannot sit on both sides. Everything can be made wrong on purpose.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html (headers),
 * .../sigv4-query-string-auth.html (query), .../sigv4-streaming.html and .../sigv4-streaming-trailers.html (chunks)
 */
import { createHash, createHmac } from "node:crypto";
import { type Credentials, target } from "./target.ts";

export type Query = readonly (readonly [string, string])[];

export type Signable = {
  readonly method: string;
  /** As on the wire, before `?`. */
  readonly path: string;
  readonly query?: Query;
  /** `host` is added. A character of a value is a byte on the wire. */
  readonly headers?: Readonly<Record<string, string>>;
};

export type SigningOptions = {
  readonly credentials?: Credentials;
  readonly now?: Date;
  readonly region?: string;
  readonly service?: string;
  /** `YYYYMMDD` of the credential scope, when it shall differ from the request's date. */
  readonly scopeDate?: string;
  readonly terminator?: string;
  /** Value of `x-amz-content-sha256`. */
  readonly payloadHash?: string;
  /** Headers that are sent but left out of the signature. */
  readonly unsigned?: readonly string[];
};

/** What the later chunk signatures hang on. */
export type Signed = {
  readonly headers: Record<string, string>;
  readonly signature: string;
  readonly amzDate: string;
  readonly scope: string;
  readonly key: Buffer;
};

export const emptyHash = sha256("");

export function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

/** A character of a canonical request is a byte of the wire: header values may hold any. */
function hashOfBytes(text: string): string {
  return sha256(Buffer.from(text, "latin1"));
}

function hmac(key: Uint8Array | string, data: string): Buffer {
  return createHmac("sha256", key).update(data).digest();
}

/** RFC 3986, stricter than `encodeURIComponent`. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A key as it stands in a path: all encoded but `/`. */
export function encodeKey(key: string): string {
  return key.split("/").map(percentEncode).join("/");
}

export function queryString(query: Query): string {
  return query.map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join("&");
}

/** `20261121T094500Z` */
export function amzDateOf(now: Date): string {
  return now.toISOString().replace(/[-:]|\.\d{3}/g, "");
}

function canonicalQuery(query: Query): string {
  return query
    .map(([name, value]) => [percentEncode(name), percentEncode(value)] as const)
    .sort(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function context(options: SigningOptions) {
  const credentials = options.credentials ?? target.credentials;
  const amzDate = amzDateOf(options.now ?? new Date());
  const date = options.scopeDate ?? amzDate.slice(0, 8);
  const region = options.region ?? target.region;
  const service = options.service ?? "s3";
  const terminator = options.terminator ?? "aws4_request";
  const scope = [date, region, service, terminator].join("/");
  const dateKey = hmac(`AWS4${credentials.secretAccessKey}`, date);
  const key = hmac(hmac(hmac(dateKey, region), service), terminator);
  return { credentials, amzDate, scope, key };
}

function canonicalRequest(
  request: Signable,
  query: Query,
  headers: Record<string, string>,
  names: string[],
  payloadHash: string,
) {
  const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  return [
    request.method,
    request.path,
    canonicalQuery(query),
    ...names.map((name) => `${name}:${(lower[name] ?? "").trim().replace(/ +/g, " ")}`),
    "",
    names.join(";"),
    payloadHash,
  ].join("\n");
}

function stringToSign(amzDate: string, scope: string, canonical: string): string {
  return ["AWS4-HMAC-SHA256", amzDate, scope, hashOfBytes(canonical)].join("\n");
}

export function hostHeader(): string {
  return new URL(target.endpoint).host;
}

/** The headers of a request with an `Authorization` header. */
export function signHeaders(request: Signable, options: SigningOptions = {}): Signed {
  const { credentials, amzDate, scope, key } = context(options);
  const payloadHash = options.payloadHash ?? emptyHash;
  const headers: Record<string, string> = {
    host: hostHeader(),
    "x-amz-date": amzDate,
    "x-amz-content-sha256": payloadHash,
    ...request.headers,
  };
  const names = Object.keys(headers)
    .map((name) => name.toLowerCase())
    .filter((name) => !(options.unsigned ?? []).includes(name))
    .sort();
  const canonical = canonicalRequest(request, request.query ?? [], headers, names, payloadHash);
  const signature = hmac(key, stringToSign(amzDate, scope, canonical)).toString("hex");
  headers["authorization"] =
    `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  return { headers, signature, amzDate, scope, key };
}

/** The query of a presigned URL; `headers` are signed with it and must be sent. */
export function presignQuery(
  request: Signable,
  options: SigningOptions & { readonly expires?: number | string } = {},
): { query: Query; headers: Record<string, string> } {
  const { credentials, amzDate, scope, key } = context(options);
  const headers: Record<string, string> = { host: hostHeader(), ...request.headers };
  const names = Object.keys(headers)
    .map((name) => name.toLowerCase())
    .filter((name) => !(options.unsigned ?? []).includes(name))
    .sort();
  const query: Query = [
    ...(request.query ?? []),
    ["X-Amz-Algorithm", "AWS4-HMAC-SHA256"],
    ["X-Amz-Credential", `${credentials.accessKeyId}/${scope}`],
    ["X-Amz-Date", amzDate],
    ["X-Amz-Expires", String(options.expires ?? 900)],
    ["X-Amz-SignedHeaders", names.join(";")],
  ];
  const canonical = canonicalRequest(request, query, headers, names, options.payloadHash ?? "UNSIGNED-PAYLOAD");
  const signature = hmac(key, stringToSign(amzDate, scope, canonical)).toString("hex");
  return { query: [...query, ["X-Amz-Signature", signature]], headers };
}

/** One `aws-chunked` chunk, before it is put on the wire. */
export type Frame = { data: Buffer; signature?: string };

/** Chunks of a streaming upload with their signatures, the empty last one included. */
export function signChunks(seed: Signed, chunks: readonly Uint8Array[]): Frame[] {
  let previous = seed.signature;
  return [...chunks, Buffer.alloc(0)].map((chunk) => {
    const text = ["AWS4-HMAC-SHA256-PAYLOAD", seed.amzDate, seed.scope, previous, emptyHash, sha256(chunk)].join("\n");
    previous = hmac(seed.key, text).toString("hex");
    return { data: Buffer.from(chunk), signature: previous };
  });
}

/** The signature of trailers, which hangs on the last chunk's. */
export function signTrailers(seed: Signed, lastChunkSignature: string, trailers: Query): string {
  const block = trailers.map(([name, value]) => `${name}:${value}\n`).join("");
  const text = ["AWS4-HMAC-SHA256-TRAILER", seed.amzDate, seed.scope, lastChunkSignature, sha256(block)].join("\n");
  return hmac(seed.key, text).toString("hex");
}

/** The bytes on the wire: chunks, then trailers. */
export function encodeFrames(frames: readonly Frame[], trailers: Query = []): Buffer {
  const parts: (string | Buffer)[] = [];
  for (const { data, signature } of frames) {
    const extension = signature === undefined ? "" : `;chunk-signature=${signature}`;
    parts.push(`${data.length.toString(16)}${extension}\r\n`);
    if (data.length > 0) parts.push(data, "\r\n");
  }
  for (const [name, value] of trailers) parts.push(`${name}:${value}\r\n`);
  parts.push("\r\n");
  return Buffer.concat(parts.map((part) => Buffer.from(part)));
}
