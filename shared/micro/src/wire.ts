/**
 * How a call looks on NATS. With a raw body the JSON part rides in a header (JSON holds no line break) and the bytes are the NATS body.
 * Errors follow the micro protocol: `Nats-Service-Error-Code` is the status, `Nats-Service-Error` is `Code: message`.
 */
import { HeaderBlock, headerLine, headerText, headerValue } from "@holdfast/runtime";
import type { Msg, MsgHdrs } from "@nats-io/nats-core";
import { ServiceErrorCodeHeader, ServiceErrorHeader } from "@nats-io/services";
import type { RawBody } from "./contract.ts";
import { MeshError } from "./errors.ts";

export const header = {
  input: "Holdfast-Input",
  output: "Holdfast-Output",
  /** Milliseconds since the epoch: the caller has gone when it passed. */
  deadline: "Holdfast-Deadline",
  requestId: "Holdfast-Request-Id",
} as const;

/** A day. Node's timers end at 24.8 days, and then fire at once. */
export const longestWaitMs = 86_400_000;

const outputLine = headerLine(header.output);
const errorCodeLine = headerLine(ServiceErrorCodeHeader);
const errorLine = headerLine(ServiceErrorHeader);

const decoder = new TextDecoder("utf-8", { fatal: true });
export const noBytes = new Uint8Array(0);

export const takesRawBody = (rawBody: RawBody) => rawBody === "request" || rawBody === "both";
export const givesRawBody = (rawBody: RawBody) => rawBody === "response" || rawBody === "both";

export const encodeJson = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));
export const decodeJson = (bytes: Uint8Array): unknown => JSON.parse(decoder.decode(bytes));

/** An error as the answer to a call. */
export function encodeError(error: MeshError): { body: Uint8Array; headers: MsgHdrs } {
  const { code, message, details, status } = error;
  const carried = new HeaderBlock();
  carried.set(ServiceErrorCodeHeader, String(status));
  // A line break in a header value is refused by the client library; bytes beyond ASCII are left to the body.
  carried.set(ServiceErrorHeader, `${code}: ${message.slice(0, 1_000)}`.replace(/[^\x20-\x7e]+/g, " "));
  return { body: encodeErrorBody(code, message, details), headers: carried };
}

/** The largest error body: details are a help, and must not keep an error from arriving. */
const largestErrorBody = 64 * 1024;

function encodeErrorBody(code: string, message: string, details: unknown): Uint8Array {
  try {
    const body = encodeJson({ code, message, details });
    if (body.length <= largestErrorBody) return body;
  } catch {
    // Details that JSON cannot hold (a BigInt, a cycle) are left out.
  }
  return encodeJson({ code, message: message.slice(0, 4_096) });
}

/** The JSON of an output that rides beside a raw body. */
export const outputOf = (msg: Msg): string => headerValue(headerText(msg), outputLine);

/** The error that an answer carries, if it carries one. */
export function decodeError(msg: Msg): MeshError | undefined {
  const headers = headerText(msg);
  if (!headers.includes(errorCodeLine)) return undefined;
  const status = Number(headerValue(headers, errorCodeLine));
  const [code = "InternalError", text = ""] = headerValue(headers, errorLine).split(/: (.*)/s, 2);
  try {
    const body = decodeJson(msg.data);
    if (typeof body === "object" && body !== null && "message" in body) {
      return new MeshError(code, String(body.message), {
        status,
        details: "details" in body ? body.details : undefined,
      });
    }
  } catch (cause) {
    return new MeshError(code, text, { status, cause });
  }
  return new MeshError(code, text, { status });
}
