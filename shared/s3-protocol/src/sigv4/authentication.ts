/**
 * Who signed a request, as far as its own words go; and whether the signature is true.
 *
 * In: SigV4 by header and by presigned query. Refused by name: SigV2 (AWS dropped it for new buckets in 2020), SigV4A, two
 * ways at once, and session tokens, which Holdfast does not issue.
 * Gap: POST form uploads, whose policy is signed in form fields, count as anonymous.
 */
import { s3Error } from "../errors.ts";
import { parseQuery, type Query } from "../requests/query.ts";
import { parseAuthorizationHeader } from "./authorization-header.ts";
import { canonicalRequest, headerValues } from "./canonical.ts";
import { signatureDoesNotMatch } from "./errors.ts";
import { parsePayloadMode, unsignedPayload } from "./payload-mode.ts";
import { isPresigned, parsePresignedQuery } from "./presigned-query.ts";
import { isSameSignature, requestAlgorithm, sha256Hex, sign, type SigningKey, stringToSign } from "./signing.ts";
import type { AnonymousAuthentication, Authentication, SignedAuthentication, SignedRequest } from "./types.ts";

/**
 * Reads how a request authenticates. What it answers is well-formed, in time, for this region, and signed where it must be,
 * but only claimed: call `verifyRequestSignature` with the claimed access key's signing key.
 * Throws S3Error with AWS's code, message and fields for every reason to refuse.
 */
export function parseAuthentication(
  request: SignedRequest,
  options: { readonly region: string; readonly now: Date },
): Authentication {
  const query = parseQuery(request.rawQuery);
  const values = headerValues(request.headers);
  const authorizations = values.get("authorization") ?? [];
  const presigned = isPresigned(query);
  const signatureVersion2 = query.has("AWSAccessKeyId") || query.has("Signature");
  if (authorizations.length + Number(presigned) + Number(signatureVersion2) > 1) {
    throw s3Error("InvalidArgument", {
      message:
        "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter " +
        "or the Authorization header should be specified",
      fields: { ArgumentName: "Authorization" },
    });
  }
  if (signatureVersion2) {
    throw s3Error("InvalidRequest", {
      message: `The authorization mechanism you have provided is not supported. Please use ${requestAlgorithm}.`,
    });
  }
  const contentSha256Header = values.get("x-amz-content-sha256")?.join(",").trim();
  if (!presigned && authorizations.length === 0) return anonymous(contentSha256Header);
  const authentication = presigned
    ? parsePresignedQuery(request, query, { ...options, contentSha256Header })
    : parseAuthorizationHeader(request, values, options);
  refuseSessionToken(query, values);
  return authentication;
}

function anonymous(contentSha256: string | undefined): AnonymousAuthentication {
  const payload = parsePayloadMode(contentSha256 ?? unsignedPayload, { streaming: true });
  // Nobody's signature to chain the chunks' signatures to.
  if (payload.kind === "streaming-signed") throw s3Error("AccessDenied");
  return { kind: "anonymous", payload };
}

function refuseSessionToken(query: Query, values: ReadonlyMap<string, unknown>): void {
  if (values.has("x-amz-security-token") || query.has("X-Amz-Security-Token")) throw s3Error("InvalidToken");
}

/**
 * Throws SignatureDoesNotMatch unless the request was signed with this key (`deriveSigningKey`, or auth's answer).
 * The error's fields show what we signed: meant for the client, not for logs. Takes the same time for every signature.
 */
export function verifyRequestSignature(
  request: SignedRequest,
  authentication: SignedAuthentication,
  signingKey: SigningKey,
): void {
  const text = (canonical: string) => stringToSign(requestAlgorithm, authentication, sha256Hex(canonical));
  const canonical = canonicalRequest(request, authentication);
  if (isSameSignature(authentication.signature, sign(signingKey, text(canonical)))) return;
  throw signatureDoesNotMatch({
    accessKeyId: authentication.accessKeyId,
    stringToSign: text(canonical),
    signature: authentication.signature,
    canonicalRequest: canonicalRequest(request, authentication, { redact: true }),
  });
}
