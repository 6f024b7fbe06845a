/** Authentication by query parameters (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html). */
import { s3Error } from "../errors.ts";
import type { Query } from "../requests/query.ts";
import { parsePayloadMode, unsignedPayload } from "./payload-mode.ts";
import { checkScopeDate, parseCredential, queryCredentialRefusal, queryRefusal } from "./scope.ts";
import { parseSignedHeaders, requireSignedHeaders } from "./signed-headers.ts";
import { requestAlgorithm } from "./signing.ts";
import { formatErrorTime, maxSkewMs, parseAmzDate } from "./time.ts";
import type { SignedAuthentication, SignedRequest } from "./types.ts";

const names = {
  algorithm: "X-Amz-Algorithm",
  credential: "X-Amz-Credential",
  signature: "X-Amz-Signature",
  date: "X-Amz-Date",
  signedHeaders: "X-Amz-SignedHeaders",
  expires: "X-Amz-Expires",
} as const;
type Parameters = Readonly<Record<keyof typeof names, string>>;

/** Seven days. */
export const maxExpiresSeconds = 604_800;

/** Tells whether a query claims to be signed. A part of the parameters is a claim too: it must not pass for anonymous. */
export function isPresigned(query: Query): boolean {
  return [names.algorithm, names.credential, names.signature].some((name) => query.has(name));
}

/** Throws S3Error; the signature itself is not looked at yet. */
export function parsePresignedQuery(
  request: SignedRequest,
  query: Query,
  {
    region,
    now,
    contentSha256Header,
  }: { readonly region: string; readonly now: Date; readonly contentSha256Header: string | undefined },
): SignedAuthentication {
  const parameters = readParameters(query);
  checkAlgorithm(parameters.algorithm);
  const credential = parseCredential(parameters.credential, { region, refuse: queryCredentialRefusal });
  const time = parseAmzDate(parameters.date);
  if (time === undefined) {
    throw queryRefusal(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`);
  }
  checkScopeDate(credential.scope, parameters.date, queryRefusal);
  checkLifetime(parameters.date, time, parseExpires(parameters.expires), now);
  const signedHeaders = parseSignedHeaders(parameters.signedHeaders);
  if (signedHeaders === undefined) throw queryRefusal("X-Amz-SignedHeaders is malformed");
  requireSignedHeaders(request.headers, signedHeaders);
  const payloadHash = payloadHashOf(query.get("X-Amz-Content-Sha256"), contentSha256Header);
  return {
    kind: "presigned",
    ...credential,
    signedHeaders,
    signature: parameters.signature,
    amzDate: parameters.date,
    payload: parsePayloadMode(payloadHash, { streaming: false }),
    payloadHash,
  };
}

/** All six, each not empty. (`Query.get` refuses one that is given twice with different values.) */
function readParameters(query: Query): Parameters {
  const read = (name: string): string => {
    const value = query.get(name);
    if (value !== undefined && value !== "") return value;
    throw queryRefusal(
      "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, " +
        "X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.",
    );
  };
  return {
    algorithm: read(names.algorithm),
    credential: read(names.credential),
    signature: read(names.signature),
    date: read(names.date),
    signedHeaders: read(names.signedHeaders),
    expires: read(names.expires),
  };
}

function checkAlgorithm(algorithm: string): void {
  if (algorithm === requestAlgorithm) return;
  if (algorithm === "AWS4-ECDSA-P256-SHA256") {
    throw s3Error("NotImplemented", { message: "Signature Version 4A is not implemented" });
  }
  throw queryRefusal(`X-Amz-Algorithm only supports "${requestAlgorithm}"`);
}

/** Seconds that the URL lives. AWS documents 1 to 604,800. */
function parseExpires(text: string): number {
  if (!/^-?\d{1,15}$/.test(text)) throw queryRefusal("X-Amz-Expires should be a number");
  const seconds = Number(text);
  if (seconds < 0) throw queryRefusal("X-Amz-Expires must be non-negative");
  if (seconds === 0) throw queryRefusal("X-Amz-Expires must be at least 1");
  if (seconds <= maxExpiresSeconds) return seconds;
  throw queryRefusal(
    "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
  );
}

function checkLifetime(amzDate: string, time: Date, seconds: number, now: Date): void {
  const expires = new Date(time.getTime() + seconds * 1000);
  if (now.getTime() > expires.getTime()) {
    throw s3Error("AccessDenied", {
      message: "Request has expired",
      fields: {
        "X-Amz-Expires": String(seconds),
        Expires: formatErrorTime(expires),
        ServerTime: formatErrorTime(now),
      },
    });
  }
  if (time.getTime() - now.getTime() <= maxSkewMs) return;
  throw s3Error("AccessDenied", {
    message: "Request is not valid yet",
    fields: { "X-Amz-Date": amzDate, ServerTime: formatErrorTime(now) },
  });
}

/**
 * UNSIGNED-PAYLOAD unless said otherwise: in a parameter (the AWS SDK for JavaScript) or in a header. Both are bound by the
 * signature, as this value is the last line of the canonical request; two that differ would leave open which one.
 */
function payloadHashOf(parameter: string | undefined, header: string | undefined): string {
  if (parameter !== undefined && header !== undefined && parameter !== header) {
    throw s3Error("InvalidArgument", {
      message: "A header and the query parameter of the same name differ",
      fields: { ArgumentName: "x-amz-content-sha256", ArgumentValue: header },
    });
  }
  return parameter ?? header ?? unsignedPayload;
}
