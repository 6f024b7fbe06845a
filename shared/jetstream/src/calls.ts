/** The few JetStream calls that we need, with our errors. */
import { HeaderBlock, mailboxOf, type Payload, type RequestOptions } from "@holdfast/runtime";
import type { Msg, MsgHdrs, NatsConnection } from "@nats-io/nats-core";
import { type ApiError, fromApiError, fromUnanswered, StorageError } from "./errors.ts";
import { type JetStreamOperation, type Quiet, traced } from "./telemetry.ts";

export type ApiOptions = { timeoutMs?: number | undefined; operation?: JetStreamOperation };

/** One request, one answer, whatever it says. Rejects with NoResponders or SlowDown. */
export async function ask(
  nc: NatsConnection,
  operation: JetStreamOperation,
  subject: string,
  payload: Payload,
  options: RequestOptions & Quiet,
): Promise<Msg> {
  try {
    return await traced(operation, () => mailboxOf(nc).request(subject, payload, options), options.quiet);
  } catch (error) {
    throw fromUnanswered(error);
  }
}

/** Calls that change nothing. While a stream or the cluster has no leader nobody answers them, and nobody will later. */
const questions = /^(?:INFO|STREAM\.(?:INFO|LIST|NAMES|MSG\.GET))(?:\.|$)/;
/** How long a question may wait before it is asked again. Milliseconds. */
const askAgainMs = 1_000;

/**
 * One request to `$JS.API.<call>`; resolves to the JSON answer, rejects with StorageError. Questions are asked again within their
 * time, so that they are answered soon after an election; whatever changes something is sent once.
 */
export async function apiRequest(
  nc: NatsConnection,
  call: string,
  body?: object,
  { timeoutMs = 5_000, operation = "api" }: ApiOptions = {},
): Promise<unknown> {
  const payload = body === undefined ? undefined : JSON.stringify(body);
  const repeatMs = questions.test(call) ? askAgainMs : undefined;
  const message = await ask(nc, operation, `$JS.API.${call}`, payload, { timeoutMs, repeatMs });
  const answer: unknown = parseJson(message, call);
  const error = apiError(answer);
  if (error !== undefined) throw fromApiError(error, call);
  return answer;
}

/** What must hold for a message to be stored: the last sequence on its subject, or of the whole stream (0: there is none). */
export type Expected = { readonly lastSubjectSequence: number } | { readonly lastSequence: number };

export type PublishOptions = Quiet & {
  headers?: MsgHdrs | undefined;
  /** Else the publish is a Conflict. */
  expect?: Expected | undefined;
  /** The message takes the place of all earlier ones on its subject. */
  rollup?: boolean | undefined;
  timeoutMs?: number | undefined;
};

/**
 * Publishes to a stream and resolves to the message's sequence once it is stored. Rejects with NoResponders when no stream
 * listens (nothing was stored), SlowDown when the answer did not come (in doubt), Conflict, QuotaExceeded, Refused.
 */
export async function publishAcked(
  nc: NatsConnection,
  subject: string,
  payload: Payload,
  options: PublishOptions = {},
): Promise<number> {
  const { timeoutMs = 10_000, quiet } = options;
  const message = await ask(nc, "publish", subject, payload, { headers: publishHeaders(options), timeoutMs, quiet });
  const ack = parseJson(message, "publish");
  const error = apiError(ack);
  if (error !== undefined) throw fromApiError(error, "publish");
  const sequence = typeof ack === "object" && ack !== null && "seq" in ack ? ack.seq : undefined;
  if (typeof sequence !== "number") throw new StorageError("SlowDown", "what answered the publish is not a stream");
  return sequence;
}

function publishHeaders({ headers: given, expect, rollup = false }: PublishOptions): MsgHdrs | undefined {
  if (expect === undefined && !rollup) return given;
  const headers = given ?? new HeaderBlock();
  if (rollup) headers.set("Nats-Rollup", "sub");
  if (expect === undefined) return headers;
  if ("lastSequence" in expect) headers.set("Nats-Expected-Last-Sequence", String(expect.lastSequence));
  else headers.set("Nats-Expected-Last-Subject-Sequence", String(expect.lastSubjectSequence));
  return headers;
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

const decoder = new TextDecoder();

function parseJson(message: Msg, what: string): unknown {
  try {
    return JSON.parse(decoder.decode(message.data));
  } catch (cause) {
    throw new StorageError("SlowDown", `${what}: the answer is not JSON`, { cause });
  }
}

function apiError(answer: unknown): ApiError | undefined {
  if (typeof answer !== "object" || answer === null || !("error" in answer)) return undefined;
  const error = answer.error;
  return typeof error === "object" && error !== null ? error : undefined;
}
