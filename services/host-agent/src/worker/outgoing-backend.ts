/** wasi:http outgoing requests, sent by the main thread. */
import { HttpFailure, type HttpBackend } from "@holdfast/wasi";
import type { Peer } from "../channel/peer.ts";
import { receiveBody, sendBody, trailersOf } from "../channel/wire-body.ts";
import type { OutgoingInput, OutgoingOutput } from "../isolates/wire.ts";
import { currentTrace } from "./call-trace.ts";

export function outgoingBackend(peer: Peer, component: string): HttpBackend {
  return {
    async send(request) {
      const { method, scheme, authority, pathWithQuery, headers, timeouts, signal } = request;
      const { wire, sent } = sendBody(peer, request.body, () => request.trailers());
      // a body that breaks off fails the request there, which is heard of below
      sent.catch(() => undefined);
      const input: OutgoingInput = {
        component,
        method,
        scheme,
        authority,
        pathWithQuery,
        headers,
        timeouts,
        body: wire,
      };
      try {
        // the main thread answers with what wire.ts says
        const output = (await peer.call("outgoing", input, { signal, traceparent: currentTrace() })) as OutgoingOutput;
        const answered = receiveBody(peer, output.body);
        return {
          status: output.status,
          headers: output.headers,
          ...(answered !== undefined && { body: answered }),
          ...(output.hasTrailers && { trailers: trailersOf(answered) }),
        };
      } catch (error) {
        throw failureOf(error);
      }
    },
  };
}

const told = [
  "HTTP-request-denied",
  "destination-IP-prohibited",
  "HTTP-request-URI-invalid",
  "connection-timeout",
  "HTTP-response-timeout",
] as const;

/** The main thread says its wasi:http code at the beginning of the message: `HTTP-request-denied: ...`. */
function failureOf(error: unknown): HttpFailure {
  const message = error instanceof Error ? error.message : String(error);
  for (const tag of told) if (message.startsWith(`${tag}: `)) return new HttpFailure({ tag });
  if (message.includes("ECONNREFUSED")) return new HttpFailure({ tag: "connection-refused" });
  if (message.includes("ENOTFOUND") || message.includes("EAI_AGAIN"))
    return new HttpFailure({ tag: "destination-not-found" });
  return new HttpFailure({ tag: "internal-error", val: message });
}
