/** The client's side of SigV4: signs requests and URLs for tests, benchmarks and the command line. */
import { canonicalRequest, uriEncode } from "./canonical.ts";
import type { ChainSeed } from "./chunk-signatures.ts";
import { unsignedPayload } from "./payload-mode.ts";
import {
  deriveSigningKey,
  formatAmzDate,
  requestAlgorithm,
  scopeText,
  sha256Hex,
  sign,
  stringToSign,
} from "./signing.ts";
import type { CredentialScope, SignedRequest } from "./types.ts";

export type Credentials = { readonly accessKeyId: string; readonly secretAccessKey: string };
export type SigningContext = { readonly region: string; readonly now: Date };

/** `url` is sent as it is: encode the path and the query yourself. Header values: a character stands for a byte. */
export type RequestToSign = {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
};

/** A signed request: send exactly these headers (`host` among them). As a ChainSeed it begins a chunked body's signatures. */
export type SignedRequestHeaders = ChainSeed & {
  readonly headers: Record<string, string>;
  readonly signingKey: Uint8Array;
};

type Parts = Pick<SignedRequest, "rawPath" | "rawQuery"> & { readonly origin: string; readonly host: string };

/** By hand: the WHATWG parser would normalise the path, and an S3 key may be `..` or hold `//`. */
function splitUrl(url: string): Parts {
  const match = /^(https?:\/\/([^/?#]+))([^?#]*)(?:\?([^#]*))?$/.exec(url);
  if (match === null) throw new TypeError("not an absolute http URL without a fragment");
  const [, origin = "", authority = "", rawPath = "", rawQuery = ""] = match;
  const defaultPort = url.startsWith("https:") ? ":443" : ":80";
  const host = authority.endsWith(defaultPort) ? authority.slice(0, -defaultPort.length) : authority;
  return { origin, host, rawPath: rawPath === "" ? "/" : rawPath, rawQuery };
}

function lowerCaseNames(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function scopeOf({ region, now }: SigningContext): { amzDate: string; scope: CredentialScope } {
  const amzDate = formatAmzDate(now);
  return { amzDate, scope: { date: amzDate.slice(0, 8), region, service: "s3" } };
}

/**
 * Signs by `Authorization` header: every header given, `host`, `x-amz-date` and `x-amz-content-sha256`.
 * `payload` is the body itself, or what `x-amz-content-sha256` shall say. `leaveUnsigned` sends headers without signing them.
 */
export function signRequest(
  request: RequestToSign,
  credentials: Credentials,
  options: SigningContext & { readonly payload?: Uint8Array | string; readonly leaveUnsigned?: readonly string[] },
): SignedRequestHeaders {
  const { host, rawPath, rawQuery } = splitUrl(request.url);
  const { amzDate, scope } = scopeOf(options);
  const payload = options.payload ?? "";
  const payloadHash = typeof payload === "string" && payload !== "" ? payload : sha256Hex(payload);
  const headers: Record<string, string> = {
    host,
    "x-amz-date": amzDate,
    "x-amz-content-sha256": payloadHash,
    ...lowerCaseNames(request.headers ?? {}),
  };
  const signedHeaders = Object.keys(headers)
    .filter((name) => options.leaveUnsigned?.includes(name) !== true)
    .sort();
  const canonical = canonicalRequest(
    { method: request.method, rawPath, rawQuery, headers: Object.entries(headers) },
    { signedHeaders, payloadHash },
  );
  const signingKey = deriveSigningKey(credentials.secretAccessKey, scope);
  const signature = sign(signingKey, stringToSign(requestAlgorithm, { amzDate, scope }, sha256Hex(canonical)));
  headers["authorization"] =
    `${requestAlgorithm} Credential=${credentials.accessKeyId}/${scopeText(scope)},` +
    `SignedHeaders=${signedHeaders.join(";")},Signature=${signature}`;
  return { headers, signature, signingKey, amzDate, scope, accessKeyId: credentials.accessKeyId };
}

/** Signs a URL, good for `expiresIn` seconds. Headers given are signed: whoever uses the URL has to send them. */
export function presignUrl(
  request: RequestToSign,
  credentials: Credentials,
  options: SigningContext & { readonly expiresIn: number },
): string {
  const { origin, host, rawPath, rawQuery } = splitUrl(request.url);
  const { amzDate, scope } = scopeOf(options);
  const headers: Record<string, string> = { host, ...lowerCaseNames(request.headers ?? {}) };
  const signedHeaders = Object.keys(headers).sort();
  const parameters: readonly (readonly [string, string])[] = [
    ["X-Amz-Algorithm", requestAlgorithm],
    ["X-Amz-Credential", `${credentials.accessKeyId}/${scopeText(scope)}`],
    ["X-Amz-Date", amzDate],
    ["X-Amz-Expires", String(options.expiresIn)],
    ["X-Amz-SignedHeaders", signedHeaders.join(";")],
  ];
  const signed = parameters.map(([name, value]) => `${name}=${uriEncode(value)}`);
  const query = [...(rawQuery === "" ? [] : [rawQuery]), ...signed].join("&");
  const payloadHash = headers["x-amz-content-sha256"] ?? unsignedPayload;
  const canonical = canonicalRequest(
    { method: request.method, rawPath, rawQuery: query, headers: Object.entries(headers) },
    { signedHeaders, payloadHash },
  );
  const signingKey = deriveSigningKey(credentials.secretAccessKey, scope);
  const signature = sign(signingKey, stringToSign(requestAlgorithm, { amzDate, scope }, sha256Hex(canonical)));
  return `${origin}${rawPath}?${query}&X-Amz-Signature=${signature}`;
}
