/**
 * The canonical request of S3's SigV4.
 *
 * Implements https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html, which differs from SigV4
 * elsewhere: the path is neither normalised (`//`, `.` and `..` stay) nor encoded twice.
 *
 * Path and query are decoded exactly as the request's target and parameters are (`percentDecode`), then encoded by one
 * rule: what is signed and what is served cannot differ.
 */
import { percentDecode } from "../requests/percent.ts";
import { parseQuery } from "../requests/query.ts";
import type { SignedRequest } from "./types.ts";

/** RFC 3986: everything but unreserved characters as `%XX` of its UTF-8 bytes. */
export function uriEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** The path, decoded and encoded anew, its slashes kept. Throws InvalidURI for broken escapes and bytes that are not UTF-8. */
export function canonicalUri(rawPath: string): string {
  if (rawPath === "") return "/";
  if (/^[\w\-.~/]*$/.test(rawPath)) return rawPath;
  return uriEncode(percentDecode(rawPath)).replaceAll("%2F", "/");
}

/** The parameters sorted by encoded name, then value; `X-Amz-Signature` is never part of what is signed. */
export function canonicalQuery(rawQuery: string): string {
  if (rawQuery === "") return "";
  return parseQuery(rawQuery)
    .parameters.filter(({ name }) => name !== "X-Amz-Signature")
    .map(({ name, value }) => [uriEncode(name), uriEncode(value)] as const)
    .sort(([name, value], [otherName, otherValue]) => compare(name, otherName) || compare(value, otherValue))
    .map(([name, value]) => `${name}=${value}`)
    .join("&");
}

function compare(left: string, right: string): number {
  if (left === right) return 0;
  return left < right ? -1 : 1;
}

/** A header's values by name. Names are lower-cased here too: a forgotten one must not slip past the checks. */
export function headerValues(headers: SignedRequest["headers"]): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    const earlier = values.get(key);
    if (earlier === undefined) values.set(key, [value]);
    else earlier.push(value);
  }
  return values;
}

/** Trimmed, runs of blanks as one. ASCII blanks only: `\s` would take bytes of UTF-8 text (0xA0, 0x85) for blanks. */
function canonicalValue(value: string): string {
  if (!/[ \t\r\n\f\v]/.test(value)) return value;
  return value.replace(/[ \t\r\n\f\v]+/g, " ").replace(/^ | $/g, "");
}

/** Headers whose values the canonical request must not be shown with, though their signature covers them. */
const secretHeaders = /^(cookie|authorization|proxy-authorization|x-amz-security-token|.*-customer-key)$/;

/**
 * The canonical request: six parts on lines of their own. A signed header that the request does not have counts as empty.
 * Its characters stand for bytes: hash it as latin1. With `redact`, secret header values are left out: for showing only.
 */
export function canonicalRequest(
  request: SignedRequest,
  { signedHeaders, payloadHash }: { readonly signedHeaders: readonly string[]; readonly payloadHash: string },
  { redact = false }: { readonly redact?: boolean } = {},
): string {
  const values = headerValues(request.headers);
  const lines = signedHeaders.map((name) => {
    if (redact && secretHeaders.test(name)) return `${name}:(not shown)\n`;
    return `${name}:${(values.get(name) ?? []).map(canonicalValue).join(",")}\n`;
  });
  return [
    request.method,
    canonicalUri(request.rawPath),
    canonicalQuery(request.rawQuery),
    lines.join(""),
    signedHeaders.join(";"),
    payloadHash,
  ].join("\n");
}
