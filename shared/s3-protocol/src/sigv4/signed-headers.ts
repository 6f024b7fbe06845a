/**
 * What a signature must cover: `host`, and every `x-amz-*` header of the request.
 *
 * The one exception is `x-amz-content-sha256`: its value is the last line of the canonical request, signed whether its name
 * is listed or not, and AWS documents requests that do not list it
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html: `SignedHeaders=host;range;x-amz-date`).
 * `x-amzn-trace-id`, which SDKs add after signing, does not begin with `x-amz-`. `x-amz-user-agent` is signed by the SDKs
 * that send it (and is a signed query parameter of a presigned URL). A header that a proxy adds (`x-amz-cf-id` of
 * CloudFront) is refused, as by AWS.
 */
import { s3Error } from "../errors.ts";
import type { SignedRequest } from "./types.ts";

const exempt = new Set(["x-amz-content-sha256"]);

/** Lower-case header names between semicolons, none twice; undefined for anything else. The order is the signer's. */
export function parseSignedHeaders(text: string): string[] | undefined {
  const names = text.split(";");
  const wellFormed = names.every((name) => /^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(name));
  return wellFormed && new Set(names).size === names.length ? names : undefined;
}

/** Throws AccessDenied naming the headers that should have been signed. */
export function requireSignedHeaders(headers: SignedRequest["headers"], signedHeaders: readonly string[]): void {
  const signed = new Set(signedHeaders);
  const missing = new Set<string>();
  if (!signed.has("host")) missing.add("host");
  for (const [name] of headers) {
    const lower = name.toLowerCase();
    if (lower.startsWith("x-amz-") && !signed.has(lower) && !exempt.has(lower)) missing.add(lower);
  }
  if (missing.size === 0) return;
  throw s3Error("AccessDenied", {
    message: "There were headers present in the request which were not signed",
    fields: { HeadersNotSigned: [...missing].join(", ") },
  });
}
