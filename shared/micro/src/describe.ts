/** What `nats micro info` and `nats micro stats` show of an endpoint. */
import type { Endpoint, NamedEndpointStats } from "@nats-io/services";
import { z } from "zod";
import type { EndpointContract } from "./contract.ts";

/** Measured around the handler: the library counts only its synchronous part. */
export type CallStats = { requests: number; errors: number; lastError: string | undefined; nanoseconds: number };

/** Metadata values are strings. */
export function endpointMetadata(contract: EndpointContract): Record<string, string> {
  return {
    summary: contract.summary,
    input: JSON.stringify(z.toJSONSchema(contract.input, { io: "input", unrepresentable: "any" })),
    output: JSON.stringify(z.toJSONSchema(contract.output, { io: "output", unrepresentable: "any" })),
    errors: JSON.stringify(contract.errors),
    idempotent: String(contract.idempotent),
    raw_body: contract.rawBody,
  };
}

/** Puts the real figures in place of the library's, just before they are shown. */
export function showRealStats(endpoint: Endpoint, statsOf: (endpoint: string) => CallStats | undefined): void {
  // The library hands over its own endpoint object, which holds more than its type says (services 3.0.0-25).
  const { name, stats } = endpoint as Endpoint & { name: string; stats: NamedEndpointStats };
  const own = statsOf(name);
  if (!own) return;
  stats.num_requests = own.requests;
  stats.num_errors = own.errors;
  stats.processing_time = own.nanoseconds;
  stats.average_processing_time = own.requests ? Math.round(own.nanoseconds / own.requests) : 0;
  if (own.lastError !== undefined) stats.last_error = own.lastError;
}
