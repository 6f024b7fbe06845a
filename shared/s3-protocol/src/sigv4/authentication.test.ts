import { describe, expect, test } from "vitest";
import { expectS3Error } from "../testing/expect-s3-error.ts";
import { parseAuthentication, verifyRequestSignature } from "./authentication.ts";
import { canonicalRequest } from "./canonical.ts";
import { presignUrl, signRequest } from "./sign-request.ts";
import { deriveSigningKey } from "./signing.ts";
import type { Authentication, SignedRequest } from "./types.ts";

const credentials = { accessKeyId: "AKIDHOLDFAST", secretAccessKey: "a secret with spaces" };
const now = new Date("2026-11-21T10:00:00Z");
const region = "eu-central-1";
const context = { region, now };
const signingKey = deriveSigningKey(credentials.secretAccessKey, { date: "20261121", region, service: "s3" });
const base = "http://127.0.0.1:9000";
const minutes = (count: number) => new Date(now.getTime() + count * 60_000);

function requestOf(method: string, url: string, headers: Record<string, string>): SignedRequest {
  const [rawPath = "", rawQuery = ""] = url.slice(base.length).split("?");
  return { method, rawPath, rawQuery, headers: Object.entries(headers) };
}

type HeaderOptions = Partial<Parameters<typeof signRequest>[2]>;
function headerSigned(path = "/b/k", headers: Record<string, string> = {}, options: HeaderOptions = {}): SignedRequest {
  const url = `${base}${path}`;
  return requestOf(
    "GET",
    url,
    signRequest({ method: "GET", url, headers }, credentials, { ...context, ...options }).headers,
  );
}

function presigned(
  path = "/b/k",
  options: Partial<Parameters<typeof presignUrl>[2]> = {},
  headers: Record<string, string> = {},
) {
  const url = presignUrl({ method: "GET", url: `${base}${path}`, headers }, credentials, {
    ...context,
    expiresIn: 900,
    ...options,
  });
  return requestOf("GET", url, { host: "127.0.0.1:9000", ...headers });
}

const withHeader = (request: SignedRequest, name: string, value: string): SignedRequest => ({
  ...request,
  headers: [...request.headers.filter(([other]) => other !== name), [name, value]],
});
const withoutHeader = (request: SignedRequest, name: string): SignedRequest => ({
  ...request,
  headers: request.headers.filter(([other]) => other !== name),
});
const authorization = (edit: (value: string) => string): SignedRequest => {
  const request = headerSigned();
  return withHeader(request, "authorization", edit(new Map(request.headers).get("authorization") ?? ""));
};
const query = (edit: (rawQuery: string) => string): SignedRequest => {
  const request = presigned();
  return { ...request, rawQuery: edit(request.rawQuery) };
};
const anonymous = (headers: Record<string, string> = {}, rawQuery = "") =>
  requestOf("GET", `${base}/b/k?${rawQuery}`, { host: "127.0.0.1:9000", ...headers });

function verify(request: SignedRequest, at = now): Authentication {
  const authentication = parseAuthentication(request, { region, now: at });
  if (authentication.kind !== "anonymous") verifyRequestSignature(request, authentication, signingKey);
  return authentication;
}

describe("parseAuthentication", () => {
  test("reads a signed header", () => {
    expect(verify(headerSigned())).toMatchObject({
      kind: "header",
      accessKeyId: "AKIDHOLDFAST",
      scope: { date: "20261121", region, service: "s3" },
      signedHeaders: ["host", "x-amz-content-sha256", "x-amz-date"],
      amzDate: "20261121T100000Z",
    });
  });

  test("reads a presigned query", () => {
    expect(verify(presigned())).toMatchObject({
      kind: "presigned",
      payload: { kind: "unsigned" },
      signedHeaders: ["host"],
    });
  });

  test("reads a request without any of both as anonymous", () => {
    expect(verify(anonymous())).toEqual({ kind: "anonymous", payload: { kind: "unsigned" } });
    expect(verify(anonymous({ "x-amz-meta-a": "unsigned, and nobody claims otherwise" })).kind).toBe("anonymous");
    expect(verify(anonymous({ "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER" })).payload).toEqual({
      kind: "streaming-unsigned-trailer",
    });
  });

  test.for([
    ["UNSIGNED-PAYLOAD", { kind: "unsigned" }],
    ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD", { kind: "streaming-signed", trailer: false }],
    ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", { kind: "streaming-signed", trailer: true }],
    ["STREAMING-UNSIGNED-PAYLOAD-TRAILER", { kind: "streaming-unsigned-trailer" }],
    ["AB".repeat(32), { kind: "signed", sha256: "ab".repeat(32) }],
  ] as const)("reads the payload mode %s", ([payload, expected]) => {
    expect(verify(headerSigned("/b/k", {}, { payload })).payload).toEqual(expected);
  });

  test("takes a payload hash of a presigned request from header or parameter", () => {
    const sha256 = "0a".repeat(32);
    expect(verify(presigned("/b/k", {}, { "x-amz-content-sha256": sha256 })).payload).toEqual({
      kind: "signed",
      sha256,
    });
    const hoisted = presigned("/b/k?X-Amz-Content-Sha256=UNSIGNED-PAYLOAD&x-amz-user-agent=aws-sdk-js%2F3");
    expect(verify(hoisted).payload).toEqual({ kind: "unsigned" });
  });

  test("takes the time from Date when there is no x-amz-date", () => {
    const date = "Sat, 21 Nov 2026 10:00:00 GMT";
    const request = headerSigned("/b/k", { date }, { leaveUnsigned: ["x-amz-date"] });
    expect(verify(withoutHeader(request, "x-amz-date"))).toMatchObject({ amzDate: "20261121T100000Z" });
  });

  test.for([-15, 15])("takes a clock %d minutes off", (offset) => {
    expect(verify(headerSigned(), minutes(offset)).kind).toBe("header");
    expect(verify(presigned("/b/k", { expiresIn: 60 * 15 }), minutes(offset)).kind).toBe("presigned");
  });

  test("takes a presigned URL until its last second, up to seven days", () => {
    const week = presigned("/b/k", { expiresIn: 604_800 });
    expect(verify(week, minutes(7 * 24 * 60)).kind).toBe("presigned");
    expect(() => verify(week, new Date(minutes(7 * 24 * 60).getTime() + 1))).toThrow(
      expect.objectContaining({ code: "AccessDenied", message: "Request has expired" }),
    );
  });

  test("takes components of the header in any order and spacing", () => {
    const request = authorization((value) => {
      const [scheme = "", rest = ""] = value.split(/ (.*)/);
      return `${scheme}   ${rest.split(",").toReversed().join(" ,  ")}`;
    });
    expect(verify(request).kind).toBe("header");
  });

  const malformed = "AuthorizationHeaderMalformed";
  const badQuery = "AuthorizationQueryParametersError";
  const unsignedHeaders = "There were headers present in the request which were not signed";
  const missingParameters =
    "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
  const onlyOne =
    "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified";
  const notSupported = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
  const needDate = "AWS authentication requires a valid Date or x-amz-date header";
  const skewFields = {
    RequestTime: "20261121T100000Z",
    ServerTime: "2026-11-21T10:15:01Z",
    MaxAllowedSkewMilliseconds: "900000",
  };

  type Refused = { code: string; message?: string; fields?: Record<string, string>; at?: Date };
  test.for<[name: string, request: () => SignedRequest, refused: Refused]>([
    // two at once, and other mechanisms
    [
      "header and query at once",
      () => ({ ...headerSigned(), rawQuery: presigned().rawQuery }),
      { code: "InvalidArgument", message: onlyOne, fields: { ArgumentName: "Authorization" } },
    ],
    [
      "header and a part of the query",
      () => ({ ...headerSigned(), rawQuery: "X-Amz-Credential=x" }),
      { code: "InvalidArgument", message: onlyOne },
    ],
    [
      "two Authorization headers",
      () => ({ ...headerSigned(), headers: [...headerSigned().headers, ["Authorization", "AWS a:b"]] }),
      { code: "InvalidArgument", message: onlyOne },
    ],
    [
      "SigV2 by header",
      () => anonymous({ authorization: "AWS key:sig" }),
      { code: "InvalidRequest", message: notSupported },
    ],
    [
      "SigV2 by query",
      () => anonymous({}, "AWSAccessKeyId=a&Signature=b&Expires=1"),
      { code: "InvalidRequest", message: notSupported },
    ],
    [
      "SigV2 and a header",
      () => ({ ...headerSigned(), rawQuery: "Signature=b" }),
      { code: "InvalidArgument", message: onlyOne },
    ],
    ["SigV4A", () => anonymous({ authorization: "AWS4-ECDSA-P256-SHA256 Credential=a" }), { code: "NotImplemented" }],
    [
      "SigV4A by query",
      () => query((text) => text.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256")),
      { code: "NotImplemented" },
    ],
    [
      "another type of Authorization, without repeating it",
      () => anonymous({ authorization: "Bearer token" }),
      { code: "InvalidArgument", message: "Unsupported Authorization Type", fields: { ArgumentName: "Authorization" } },
    ],
    ["an empty Authorization", () => anonymous({ authorization: "" }), { code: "InvalidArgument" }],
    // the header's components
    [
      "no Credential",
      () => authorization((value) => value.replace(/Credential=[^,]*,/, "")),
      { code: malformed, message: "The authorization header is malformed; missing Credential." },
    ],
    [
      "no SignedHeaders",
      () => authorization((value) => value.replace(/SignedHeaders=[^,]*,/, "")),
      { code: malformed, message: "The authorization header is malformed; missing SignedHeaders." },
    ],
    [
      "an empty Signature",
      () => authorization((value) => value.replace(/Signature=.*/, "Signature=")),
      { code: malformed, message: "The authorization header is malformed; missing Signature." },
    ],
    ["a fourth component", () => authorization((value) => `${value},More=1`), { code: malformed }],
    ["a component twice", () => authorization((value) => `${value},Signature=00`), { code: malformed }],
    ["upper-case SignedHeaders", () => authorization((value) => value.replace("=host", "=Host")), { code: malformed }],
    [
      "a signed header twice",
      () => authorization((value) => value.replace("=host", "=host;host")),
      { code: malformed },
    ],
    // the scope
    [
      "a credential of four fields",
      () => authorization((value) => value.replace("/s3/", "/")),
      {
        code: malformed,
        message:
          'The authorization header is malformed; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
      },
    ],
    ["no access key", () => authorization((value) => value.replace("AKIDHOLDFAST", "")), { code: malformed }],
    [
      "an endless access key",
      () => authorization((value) => value.replace("AKID", "A".repeat(129))),
      { code: malformed },
    ],
    [
      "another region, and says which",
      () => headerSigned("/b/k", {}, { region: "us-east-1" }),
      {
        code: malformed,
        message: "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-central-1'",
        fields: { Region: "eu-central-1" },
      },
    ],
    [
      "another region by query, and says which",
      () => presigned("/b/k", { region: "us-east-1" }),
      {
        code: badQuery,
        message:
          "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong; expecting 'eu-central-1'",
        fields: { Region: "eu-central-1" },
      },
    ],
    [
      "another service",
      () => authorization((value) => value.replace("/s3/", "/sts/")),
      {
        code: malformed,
        message: 'The authorization header is malformed; incorrect service "sts". This endpoint belongs to "s3".',
      },
    ],
    [
      "another service by query",
      () => query((text) => text.replace("%2Fs3%2F", "%2Fsts%2F")),
      {
        code: badQuery,
        message:
          'Error parsing the X-Amz-Credential parameter; incorrect service "sts". This endpoint belongs to "s3".',
      },
    ],
    [
      "another terminator",
      () => authorization((value) => value.replace("aws4_request", "aws5_request")),
      {
        code: malformed,
        message:
          'The authorization header is malformed; incorrect terminal "aws5_request". This endpoint uses "aws4_request".',
      },
    ],
    [
      "a date of another form",
      () => authorization((value) => value.replace("/20261121/", "/2026-11-21/")),
      {
        code: malformed,
        message:
          'The authorization header is malformed; incorrect date format "2026-11-21". This date in the credential must be in the format "yyyyMMdd".',
      },
    ],
    [
      "the date of another day",
      () => authorization((value) => value.replace("/20261121/", "/20261120/")),
      {
        code: malformed,
        message:
          'The authorization header is malformed; Invalid credential date "20261120". This date is not the same as X-Amz-Date: "20261121".',
      },
    ],
    [
      "the date of another day by query",
      () => query((text) => text.replace("%2F20261121%2F", "%2F20261120%2F")),
      {
        code: badQuery,
        message: 'Invalid credential date "20261120". This date is not the same as X-Amz-Date: "20261121".',
      },
    ],
    // time
    [
      "a late request",
      () => headerSigned(),
      { code: "RequestTimeTooSkewed", fields: skewFields, at: new Date("2026-11-21T10:15:01Z") },
    ],
    ["an early request", () => headerSigned(), { code: "RequestTimeTooSkewed", at: new Date("2026-11-21T09:44:59Z") }],
    ["no date at all", () => withoutHeader(headerSigned(), "x-amz-date"), { code: "AccessDenied", message: needDate }],
    [
      "a malformed x-amz-date",
      () => withHeader(headerSigned(), "x-amz-date", "yesterday"),
      { code: "AccessDenied", message: needDate },
    ],
    [
      "30 February",
      () => withHeader(headerSigned(), "x-amz-date", "20260230T000000Z"),
      { code: "AccessDenied", message: needDate },
    ],
    [
      "two x-amz-dates",
      () => ({ ...headerSigned(), headers: [...headerSigned().headers, ["x-amz-date", "20261121T100000Z"]] }),
      { code: "AccessDenied", message: needDate },
    ],
    [
      "an expired URL",
      () => presigned("/b/k", { expiresIn: 60 }),
      {
        code: "AccessDenied",
        message: "Request has expired",
        fields: { "X-Amz-Expires": "60", Expires: "2026-11-21T10:01:00Z", ServerTime: "2026-11-21T10:02:00Z" },
        at: minutes(2),
      },
    ],
    [
      "a URL from the future",
      () => presigned(),
      {
        code: "AccessDenied",
        message: "Request is not valid yet",
        fields: { "X-Amz-Date": "20261121T100000Z", ServerTime: "2026-11-21T09:44:00Z" },
        at: minutes(-16),
      },
    ],
    // the query's parameters
    ...[
      "X-Amz-Algorithm",
      "X-Amz-Credential",
      "X-Amz-Date",
      "X-Amz-Expires",
      "X-Amz-SignedHeaders",
      "X-Amz-Signature",
    ].map((name): [string, () => SignedRequest, Refused] => [
      `a query without ${name}`,
      () => query((text) => text.replace(new RegExp(`&?${name}=[^&]*`), "")),
      { code: badQuery, message: missingParameters },
    ]),
    [
      "another algorithm",
      () => query((text) => text.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1")),
      { code: badQuery, message: 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"' },
    ],
    [
      "a malformed X-Amz-Date",
      () => query((text) => text.replace("Date=20261121T100000Z", "Date=2026-11-21T10:00:00Z")),
      { code: badQuery, message: `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"` },
    ],
    [
      "X-Amz-Expires beyond a week",
      () => presigned("/b/k", { expiresIn: 604_801 }),
      {
        code: badQuery,
        message:
          "X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds",
      },
    ],
    [
      "a negative X-Amz-Expires",
      () => presigned("/b/k", { expiresIn: -1 }),
      { code: badQuery, message: "X-Amz-Expires must be non-negative" },
    ],
    ["X-Amz-Expires of zero", () => presigned("/b/k", { expiresIn: 0 }), { code: badQuery }],
    [
      "X-Amz-Expires that is no number",
      () => query((text) => text.replace("Expires=900", "Expires=1e2")),
      { code: badQuery, message: "X-Amz-Expires should be a number" },
    ],
    [
      "a parameter twice with two values",
      () => query((text) => `${text}&X-Amz-Expires=901`),
      { code: "InvalidArgument" },
    ],
    [
      "malformed X-Amz-SignedHeaders",
      () => query((text) => text.replace("SignedHeaders=host", "SignedHeaders=host%3B")),
      { code: badQuery },
    ],
    ["a query that is not UTF-8", () => query((text) => `${text}&a=%ff`), { code: "InvalidURI" }],
    // what must be signed
    [
      "an unsigned host",
      () => headerSigned("/b/k", {}, { leaveUnsigned: ["host"] }),
      { code: "AccessDenied", message: unsignedHeaders, fields: { HeadersNotSigned: "host" } },
    ],
    [
      "unsigned x-amz-* headers, by name",
      () => withHeader(withHeader(headerSigned(), "x-amz-acl", "private"), "X-Amz-Meta-A", "1"),
      { code: "AccessDenied", message: unsignedHeaders, fields: { HeadersNotSigned: "x-amz-acl, x-amz-meta-a" } },
    ],
    [
      "an unsigned x-amz-date",
      () => headerSigned("/b/k", {}, { leaveUnsigned: ["x-amz-date"] }),
      { code: "AccessDenied", fields: { HeadersNotSigned: "x-amz-date" } },
    ],
    [
      "an unsigned header with a presigned URL",
      () => withHeader(presigned(), "x-amz-copy-source", "/other/secret"),
      { code: "AccessDenied", fields: { HeadersNotSigned: "x-amz-copy-source" } },
    ],
    [
      "an x-amz-date header with a presigned URL",
      () => withHeader(presigned(), "x-amz-date", "20261121T100000Z"),
      { code: "AccessDenied" },
    ],
    // the payload's hash
    [
      "no x-amz-content-sha256",
      () => withoutHeader(headerSigned(), "x-amz-content-sha256"),
      { code: "InvalidRequest", message: "Missing required header for this request: x-amz-content-sha256" },
    ],
    [
      "an x-amz-content-sha256 that is no hash",
      () => headerSigned("/b/k", {}, { payload: "unsigned-payload" }),
      {
        code: "InvalidArgument",
        message:
          "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER, STREAMING-UNSIGNED-PAYLOAD-TRAILER or a valid sha256 value.",
        fields: { ArgumentName: "x-amz-content-sha256", ArgumentValue: "unsigned-payload" },
      },
    ],
    [
      "a streaming mode of SigV4A",
      () => headerSigned("/b/k", {}, { payload: "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD" }),
      { code: "NotImplemented" },
    ],
    [
      "a streaming mode with a presigned URL",
      () => presigned("/b/k", {}, { "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER" }),
      { code: "InvalidArgument" },
    ],
    [
      "a payload hash in header and query that differ",
      () =>
        presigned(`/b/k?X-Amz-Content-Sha256=${"00".repeat(32)}`, {}, { "x-amz-content-sha256": "UNSIGNED-PAYLOAD" }),
      { code: "InvalidArgument" },
    ],
    [
      "signed chunks without a signature",
      () => anonymous({ "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD" }),
      { code: "AccessDenied" },
    ],
    // session tokens
    ["a session token", () => headerSigned("/b/k", { "x-amz-security-token": "t" }), { code: "InvalidToken" }],
    ["a session token by query", () => presigned("/b/k?X-Amz-Security-Token=t"), { code: "InvalidToken" }],
  ])("refuses %s", ([, request, { at, ...refused }]) => {
    expect(() => verify(request(), at)).toThrow(expect.objectContaining(refused));
  });
});

describe("verifyRequestSignature", () => {
  const target = "/b/%C3%A4%20b//../c+d%2F~*?prefix=a%20b&prefix=a%2Fb&x-id=GetObject&a&b=";

  test("takes paths and queries as S3 does: nothing normalised, every form of an escape the same", () => {
    const request = headerSigned(target);
    expect(verify(request).kind).toBe("header");
    const otherForm = {
      ...request,
      rawPath: "/b/%c3%a4%20b//../c%2Bd/~%2A",
      rawQuery: "b=&a=&x-id=GetObject&prefix=a%2fb&prefix=a+b",
    };
    expect(verify(otherForm).kind).toBe("header");
    expect(verify(presigned(target)).kind).toBe("presigned");
  });

  test("takes header values with UTF-8 bytes as they are, blanks collapsed", () => {
    const value = Buffer.from("à  la\u00a0carte\t x").toString("latin1");
    const request = headerSigned("/b/k", { "x-amz-meta-a": value });
    expect(verify(request).kind).toBe("header");
    expect(verify(withHeader(request, "x-amz-meta-a", ` ${value.replace("\t", " ")} `)).kind).toBe("header");
  });

  test("takes bytes of UTF-8 text for no blanks, though Unicode has blanks of their numbers", () => {
    const request = withHeader(headerSigned(), "x-amz-meta-a", " \u00a0a\u0085\u00a0b\u00a0 ");
    const canonical = canonicalRequest(request, { signedHeaders: ["x-amz-meta-a"], payloadHash: "" });
    expect(canonical).toContain("x-amz-meta-a:\u00a0a\u0085\u00a0b\u00a0\n");
  });

  const signed = headerSigned(target, { range: "bytes=0-1" });
  const url = presigned(target);
  test.for<[name: string, request: SignedRequest]>([
    ["another method", { ...signed, method: "DELETE" }],
    ["another path", { ...signed, rawPath: signed.rawPath.replace("//", "/") }],
    ["a further parameter", { ...signed, rawQuery: `${signed.rawQuery}&acl` }],
    ["a parameter less", { ...signed, rawQuery: signed.rawQuery.replace("&a&", "&") }],
    ["another signed header", withHeader(signed, "range", "bytes=0-2")],
    ["a signed header less", withoutHeader(signed, "range")],
    ["a signed header twice", { ...signed, headers: [...signed.headers, ["range", "bytes=0-1"]] }],
    ["another host", withHeader(signed, "host", "127.0.0.1:9001")],
    ["another payload hash", withHeader(signed, "x-amz-content-sha256", "UNSIGNED-PAYLOAD")],
    ["another time", withHeader(signed, "x-amz-date", "20261121T100001Z")],
    [
      "an upper-case signature",
      authorization((value) =>
        value.replace(/Signature=.*/, (text) => text.toUpperCase().replace("SIGNATURE", "Signature")),
      ),
    ],
    ["a short signature", authorization((value) => value.slice(0, -1))],
    ["a longer signature", authorization((value) => `${value}0`)],
    ["no signature worth the name", authorization((value) => value.replace(/Signature=.*/, "Signature=ä"))],
    ["a presigned URL for another method", { ...url, method: "PUT" }],
    ["a presigned URL for another path", { ...url, rawPath: "/b/k2" }],
    ["a presigned URL with a further parameter", { ...url, rawQuery: `${url.rawQuery}&versionId=1` }],
    ["a presigned URL that lives longer", { ...url, rawQuery: url.rawQuery.replace("Expires=900", "Expires=901") }],
  ])("refuses %s", ([, request]) => {
    expect(() => verify(request)).toThrow(expect.objectContaining({ code: "SignatureDoesNotMatch" }));
  });

  test("refuses every other character in a signature", () => {
    const value = new Map(headerSigned().headers).get("authorization") ?? "";
    const start = value.length - 64;
    for (let at = start; at < value.length; at += 1) {
      const other = value[at] === "0" ? "1" : "0";
      const request = withHeader(headerSigned(), "authorization", value.slice(0, at) + other + value.slice(at + 1));
      expect(() => verify(request), `at ${at - start}`).toThrow(
        expect.objectContaining({ code: "SignatureDoesNotMatch" }),
      );
    }
  });

  test("refuses another secret's key", () => {
    const request = headerSigned();
    const authentication = parseAuthentication(request, context);
    if (authentication.kind === "anonymous") throw new TypeError("not signed");
    const other = deriveSigningKey("another", authentication.scope);
    expect(() => verifyRequestSignature(request, authentication, other)).toThrow(
      expect.objectContaining({ code: "SignatureDoesNotMatch" }),
    );
  });

  test("shows what was signed, as AWS does, but neither the right signature nor secret headers", () => {
    const key = "x-amz-server-side-encryption-customer-key";
    const request = headerSigned("/b/k", { [key]: "c2VjcmV0" });
    const authentication = parseAuthentication(request, context);
    if (authentication.kind === "anonymous") throw new TypeError("not signed");
    const forged = { ...authentication, signature: "0".repeat(64) };
    const { fields } = expectS3Error("SignatureDoesNotMatch", () =>
      verifyRequestSignature(request, forged, signingKey),
    );
    expect(Object.keys(fields)).toEqual([
      "AWSAccessKeyId",
      "StringToSign",
      "SignatureProvided",
      "StringToSignBytes",
      "CanonicalRequest",
      "CanonicalRequestBytes",
    ]);
    expect(fields["StringToSign"]).toMatch(
      /^AWS4-HMAC-SHA256\n20261121T100000Z\n20261121\/eu-central-1\/s3\/aws4_request\n/,
    );
    expect(fields["StringToSignBytes"]).toMatch(/^41 57 53 34( [0-9a-f]{2})+$/);
    expect(fields["CanonicalRequest"]).toContain(`${key}:(not shown)\n`);
    const shown = JSON.stringify(fields);
    expect(shown).not.toContain("c2VjcmV0");
    expect(shown).not.toContain(
      Buffer.from("c2VjcmV0")
        .toString("hex")
        .replace(/..(?=.)/g, "$& "),
    );
    expect(shown).not.toContain(authentication.signature);
  });

  test("leaves X-Amz-Signature out of what it shows of a presigned URL", () => {
    const tampered = { ...url, rawPath: "/b/other" };
    expect(() => verify(tampered)).toThrow(
      expect.objectContaining({
        fields: expect.objectContaining({ CanonicalRequest: expect.not.stringContaining("X-Amz-Signature=") }),
      }),
    );
  });
});
