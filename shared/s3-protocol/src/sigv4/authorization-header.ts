/** Authentication by `Authorization` header (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-auth-using-authorization-header.html). */
import { s3Error } from "../errors.ts";
import { parsePayloadMode } from "./payload-mode.ts";
import { checkScopeDate, headerRefusal, parseCredential } from "./scope.ts";
import { parseSignedHeaders, requireSignedHeaders } from "./signed-headers.ts";
import { formatAmzDate, requestAlgorithm } from "./signing.ts";
import { formatErrorTime, maxSkewMs, parseAmzDate, parseHttpDate } from "./time.ts";
import type { SignedAuthentication, SignedRequest } from "./types.ts";

type HeaderValues = ReadonlyMap<string, readonly string[]>;
const componentNames = ["Credential", "SignedHeaders", "Signature"] as const;
type Components = Readonly<Record<(typeof componentNames)[number], string>>;

/** Throws S3Error; the signature itself is not looked at yet. */
export function parseAuthorizationHeader(
  request: SignedRequest,
  values: HeaderValues,
  { region, now }: { readonly region: string; readonly now: Date },
): SignedAuthentication {
  const [authorization = ""] = values.get("authorization") ?? [];
  const components = parseComponents(withoutScheme(authorization));
  const credential = parseCredential(components.Credential, { region, refuse: headerRefusal });
  const signedHeaders = parseSignedHeaders(components.SignedHeaders);
  if (signedHeaders === undefined) throw headerRefusal('the authorization component "SignedHeaders" is malformed.');
  const { amzDate, time } = requestTime(values);
  checkScopeDate(credential.scope, amzDate, headerRefusal);
  checkSkew(amzDate, time, now);
  const payloadHash = contentSha256(values);
  const payload = parsePayloadMode(payloadHash, { streaming: true });
  requireSignedHeaders(request.headers, signedHeaders);
  return {
    kind: "header",
    ...credential,
    signedHeaders,
    signature: components.Signature,
    amzDate,
    payload,
    payloadHash,
  };
}

function withoutScheme(authorization: string): string {
  if (authorization.startsWith(`${requestAlgorithm} `)) return authorization.slice(requestAlgorithm.length + 1);
  const [scheme = "", rest = ""] = authorization.trim().split(/\s+(.*)/s);
  if (scheme === requestAlgorithm) return rest;
  if (scheme === "AWS") {
    throw s3Error("InvalidRequest", {
      message: `The authorization mechanism you have provided is not supported. Please use ${requestAlgorithm}.`,
    });
  }
  if (scheme === "AWS4-ECDSA-P256-SHA256") {
    throw s3Error("NotImplemented", {
      message: "Signature Version 4A is not implemented",
      fields: { Header: "Authorization" },
    });
  }
  // The value may be a credential of something else: it is not repeated.
  throw s3Error("InvalidArgument", {
    message: "Unsupported Authorization Type",
    fields: { ArgumentName: "Authorization" },
  });
}

function parseComponents(text: string): Components {
  const found = new Map<string, string>();
  const parts = text.split(",");
  for (const part of parts) {
    const equals = part.indexOf("=");
    const value = part.slice(equals + 1).trim();
    if (equals !== -1 && value !== "") found.set(part.slice(0, equals).trim(), value);
  }
  const [Credential, SignedHeaders, Signature] = componentNames.map((name) => found.get(name));
  if (Credential === undefined) throw headerRefusal("missing Credential.");
  if (SignedHeaders === undefined) throw headerRefusal("missing SignedHeaders.");
  if (Signature === undefined) throw headerRefusal("missing Signature.");
  if (parts.length !== componentNames.length) {
    throw headerRefusal(
      "the authorization header requires three components: Credential, SignedHeaders, and Signature.",
    );
  }
  return { Credential, SignedHeaders, Signature };
}

/** The request's time: `x-amz-date`, else `Date`. Either is part of what is signed, through the string to sign. */
function requestTime(values: HeaderValues): { amzDate: string; time: Date } {
  const amzDates = values.get("x-amz-date");
  const texts = amzDates ?? values.get("date") ?? [];
  const [text = ""] = texts;
  const basic = parseAmzDate(text);
  const time = basic ?? (amzDates === undefined ? parseHttpDate(text) : undefined);
  if (time === undefined || texts.length !== 1) {
    throw s3Error("AccessDenied", { message: "AWS authentication requires a valid Date or x-amz-date header" });
  }
  return { amzDate: basic === undefined ? formatAmzDate(time) : text, time };
}

function checkSkew(amzDate: string, time: Date, now: Date): void {
  if (Math.abs(now.getTime() - time.getTime()) <= maxSkewMs) return;
  throw s3Error("RequestTimeTooSkewed", {
    fields: {
      RequestTime: amzDate,
      ServerTime: formatErrorTime(now),
      MaxAllowedSkewMilliseconds: String(maxSkewMs),
    },
  });
}

function contentSha256(values: HeaderValues): string {
  const given = values.get("x-amz-content-sha256");
  if (given === undefined) {
    throw s3Error("InvalidRequest", { message: "Missing required header for this request: x-amz-content-sha256" });
  }
  return given.join(",").trim();
}
