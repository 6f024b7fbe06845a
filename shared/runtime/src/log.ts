/**
 * Log lines: one JSON object each on stdout, with trace and request ids, and never a secret. Two nets, because one has holes:
 * fields by name, and after that the finished line by what a signature or a credential looks like, at any depth.
 */
import { trace } from "@opentelemetry/api";
import { type DestinationStream, type Logger, pino } from "pino";
import { currentRequestId } from "./request-id.ts";
import { tracingEnabled } from "./telemetry.ts";

export type { Logger } from "pino";

const censored = "[redacted]";

/** Fields that could carry a secret, wherever a careless line puts them. */
const secretFields = [
  "authorization",
  "secretAccessKey",
  "secretKey",
  "password",
  "token",
  "signature",
  "signingKey",
  "HOLDFAST_NATS_PASSWORD",
  "HOLDFAST_NATS_TOKEN",
];

/** `X-Amz-Signature=...` of a presigned query (also percent-encoded), `Signature=...` of a header, credentials in a NATS URL. */
const secretParameter = /((?:X-Amz-(?:Signature|Credential|Security-Token)|Signature)(?:=|%3D))[^&\s"\\,]+/gi;
/** `authorization` and its kind as a JSON member, however deep. */
const secretMember =
  /("(?:[\w-]*authorization|x-amz-security-token|secret[\w-]*key|signing[\w-]*key|password|signature)"\s*:\s*)"(?:[^"\\]|\\.)*"/gi;
// None of these may look far back or ahead from many places: lines can hold long text of somebody else's choice.
const urlCredentials = /(:\/\/)[^\s/"@]+@/g;

/** Takes what looks like a secret out of a finished line. */
export function scrub(line: string): string {
  return line
    .replace(secretParameter, `$1${censored}`)
    .replace(secretMember, `$1"${censored}"`)
    .replace(urlCredentials, `$1${censored}@`);
}

function ids(): object {
  const requestId = currentRequestId();
  const span = tracingEnabled() ? trace.getActiveSpan()?.spanContext() : undefined;
  return {
    ...(requestId !== undefined && { requestId }),
    ...(span && { trace_id: span.traceId, span_id: span.spanId }),
  };
}

/** A process's logger; to stdout unless told otherwise. */
export function createLogger(
  service: string,
  level: string,
  destination: DestinationStream = logDestination(),
): Logger {
  return pino(
    {
      level,
      base: { service, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: [...secretFields, ...secretFields.map((field) => `*.${field}`)], censor: censored },
      mixin: ids,
      hooks: { streamWrite: scrub },
    },
    destination,
  );
}

/** Where log lines go: standard output, without blocking the event loop. */
export const logDestination = () => pino.destination(1);

/** Writes what is still under way, in order, and closes. */
export function endLog(destination: ReturnType<typeof logDestination>): Promise<void> {
  return new Promise((resolve) => {
    destination.once("close", () => resolve());
    destination.end();
  });
}
