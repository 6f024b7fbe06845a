/** The few JetStream calls that the data path needs, with our errors. */
import type { Msg, MsgHdrs, NatsConnection } from "@nats-io/nats-core";
import { type ApiError, fromApiError, StorageError } from "./errors.ts";
import { mailboxOf } from "./mailbox.ts";
import { type JetStreamOperation, type Quiet, traced } from "./telemetry.ts";

export type ApiOptions = { timeoutMs?: number | undefined; operation?: JetStreamOperation };

/** One request to `$JS.API.<call>`; resolves to the JSON answer, rejects with StorageError. */
export async function apiRequest(
  nc: NatsConnection,
  call: string,
  body?: object,
  { timeoutMs = 5_000, operation = "api" }: ApiOptions = {},
): Promise<unknown> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const message = await traced(operation, () => mailboxOf(nc).request(`$JS.API.${call}`, payload, { timeoutMs }));
  const answer: unknown = parseJson(message, call);
  const error = apiError(answer);
  if (error !== undefined) throw fromApiError(error, call);
  return answer;
}

export type PublishOptions = Quiet & { headers?: MsgHdrs | undefined; timeoutMs?: number | undefined };

/**
 * Publishes to a stream and resolves to the message's sequence once it is stored. Rejects with NoResponders when no stream
 * listens (nothing was stored), SlowDown when the answer did not come (in doubt), Conflict, QuotaExceeded, Refused.
 */
export async function publishAcked(
  nc: NatsConnection,
  subject: string,
  payload: Uint8Array | string,
  options: PublishOptions = {},
): Promise<number> {
  const settings = { timeoutMs: 10_000, ...options };
  const message = await traced("publish", () => mailboxOf(nc).request(subject, payload, settings), options);
  const ack = parseJson(message, "publish");
  const error = apiError(ack);
  if (error !== undefined) throw fromApiError(error, "publish");
  const sequence = typeof ack === "object" && ack !== null && "seq" in ack ? ack.seq : undefined;
  if (typeof sequence !== "number") throw new StorageError("SlowDown", "what answered the publish is not a stream");
  return sequence;
}

/** Removes every message on a subject (wildcards allowed) and answers how many there were. */
export async function purgeSubject(
  nc: NatsConnection,
  stream: string,
  filter: string,
  timeoutMs = 30_000,
): Promise<number> {
  const answer = await apiRequest(nc, `STREAM.PURGE.${stream}`, { filter }, { timeoutMs, operation: "purge" });
  const purged = typeof answer === "object" && answer !== null && "purged" in answer ? answer.purged : undefined;
  return typeof purged === "number" ? purged : 0;
}

function parseJson(message: Msg, what: string): unknown {
  try {
    return JSON.parse(Buffer.from(message.data.buffer, message.data.byteOffset, message.data.length).toString("utf8"));
  } catch (cause) {
    throw new StorageError("SlowDown", `${what}: the answer is not JSON`, { cause });
  }
}

function apiError(answer: unknown): ApiError | undefined {
  if (typeof answer !== "object" || answer === null || !("error" in answer)) return undefined;
  const error = answer.error;
  return typeof error === "object" && error !== null ? error : undefined;
}
