/**
 * Log lines: one JSON object each on stdout, with trace and request ids, and never a secret. Two nets, because one has holes:
 * fields by name, and after that the finished line by what a signature or a credential looks like, at any depth.
 */
import cluster from "node:cluster";
import { trace } from "@opentelemetry/api";
import { type DestinationStream, type Logger, pino } from "pino";
import { standardOutput } from "./line-writer.ts";
import { currentRequestId } from "./request-id.ts";
import { tracingEnabled } from "./telemetry.ts";

export type { Logger } from "pino";

const censored = "[redacted]";

/** Names of fields that could carry a secret, wherever a careless line puts them. */
const secretNames =
  "[\\w-]*authorization|x-amz-security-token|secret[\\w-]*key|signing[\\w-]*key|(?:HOLDFAST_NATS_)?(?:password|token)|signature";
const secretName = new RegExp(`^(?:${secretNames})$`, "i");
/** The same as members of text that is no JSON. */
const secretMember = new RegExp(`("(?:${secretNames})"\\s*:\\s*)"(?:[^"\\\\]|\\\\.)*"`, "gi");
/** `X-Amz-Signature=...` of a presigned query (also percent-encoded), `Signature=...` of a header, credentials in a NATS URL. */
const secretParameter = /((?:X-Amz-(?:Signature|Credential|Security-Token)|Signature)(?:=|%3D))[^&\s"\\,]+/gi;
// None of these may look far back or ahead from many places: lines can hold long text of somebody else's choice.
const urlCredentials = /(:\/\/)[^\s/"@]+@/g;
/** In each line that one of the above could match: most lines are cheaper to look at once than four times. */
const suspicious = /authorization|secret|signing|signature|password|token|credential|:\/\//i;

/** Takes what looks like a secret out of a finished line. */
export function scrub(line: string): string {
  if (!suspicious.test(line)) return line;
  return censorFields(line)
    .replace(secretParameter, `$1${censored}`)
    .replace(secretMember, `$1"${censored}"`)
    .replace(urlCredentials, `$1${censored}@`);
}

/** Replaces fields by their name, at any depth and whatever they hold. */
function censorFields(line: string): string {
  let found = false;
  const censor = (name: string, value: unknown): unknown => {
    if (!secretName.test(name)) return value;
    found = true;
    return censored;
  };
  try {
    const fields: unknown = JSON.parse(line, censor);
    return found ? `${JSON.stringify(fields)}\n` : line;
  } catch {
    // Not JSON, or cut off: the expressions see to it.
    return line;
  }
}

function ids(): object {
  const requestId = currentRequestId();
  if (!tracingEnabled()) return requestId === undefined ? {} : { requestId };
  const span = trace.getActiveSpan()?.spanContext();
  return {
    ...(requestId !== undefined && { requestId }),
    ...(span && { trace_id: span.traceId, span_id: span.spanId }),
  };
}

/** A process's logger; to stdout unless told otherwise. */
export function createLogger(
  service: string,
  level: string,
  destination: DestinationStream = standardOutput(),
): Logger {
  return pino(
    {
      level,
      base: { service, pid: process.pid, ...(cluster.worker && { worker: cluster.worker.id }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      mixin: ids,
      // Not pino's own `redact`: it costs nine times what the rest of the line costs, and knows two levels only.
      hooks: { streamWrite: scrub },
    },
    destination,
  );
}
