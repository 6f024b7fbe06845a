/**
 * Reads of single messages and batches from a stream, without a consumer.
 * ADR-31: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-31.md
 */
import type { Msg, NatsConnection } from "@nats-io/nats-core";
import { isStorageError, StorageError } from "./errors.ts";
import { apiRequest } from "./jetstream.ts";
import { isNoResponders, mailboxOf } from "./mailbox.ts";
import { type Quiet, traced } from "./telemetry.ts";

export type StoredMessage = {
  readonly subject: string;
  readonly sequence: number;
  /** When the stream stored it. Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly data: Uint8Array;
};

export type BatchRequest = { seq: number; next_by_subj: string; batch: number; max_bytes?: number };

/** Messages of one batch, in order, as they arrive. */
export type Batch = {
  /** The next message; undefined at the end of the batch. Rejects with NotFound, NoResponders, SlowDown or Aborted. */
  next(): Promise<StoredMessage | undefined>;
  close(): void;
};

/** Asks for a batch of messages from `seq` on; replies queue up until they are taken, so keep `batch` small. */
export function openBatch(
  nc: NatsConnection,
  stream: string,
  request: BatchRequest | { seq: number } | { last_by_subj: string },
  options: Quiet & { timeoutMs?: number; signal?: AbortSignal | undefined } = {},
): Batch {
  const { timeoutMs = 5_000, signal } = options;
  const single = !("batch" in request);
  const queue: (StoredMessage | StorageError | undefined)[] = [];
  let ended = false;
  let wake: (() => void) | undefined;

  const push = (item: StoredMessage | StorageError | undefined) => {
    if (ended) return;
    queue.push(item);
    if (item === undefined || item instanceof StorageError) end();
    wake?.();
  };
  const receive = (message: Msg) => {
    push(readReply(message));
    if (single) push(undefined);
  };
  const lose = () => push(new StorageError("SlowDown", "the connection broke in the middle of a direct get"));
  const address = mailboxOf(nc).open(receive, lose);
  const onAbort = () => push(new StorageError("Aborted", "the read was given up"));
  const finished = Promise.withResolvers<void>();
  void traced("get", () => finished.promise, options);
  const end = () => {
    ended = true;
    finished.resolve();
    address.close();
    signal?.removeEventListener("abort", onAbort);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  else send();

  function send() {
    try {
      address.send(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(request));
    } catch (cause) {
      push(new StorageError("SlowDown", "cannot publish on this connection", { cause }));
    }
  }

  return {
    async next() {
      if (queue.length === 0 && !ended) {
        // armed only while somebody waits: a slow consumer is not a slow server
        const timer = setTimeout(
          () => push(new StorageError("SlowDown", `no direct get answer from ${stream} within ${timeoutMs} ms`)),
          timeoutMs,
        );
        await new Promise<void>((resolve) => (wake = resolve));
        wake = undefined;
        clearTimeout(timer);
      }
      const item = queue.shift();
      if (item instanceof StorageError) throw item;
      return item;
    },
    close: end,
  };
}

/** The last message on a subject through a direct get, which a lagging replica may answer; undefined if there is none. */
export async function getLastDirect(
  nc: NatsConnection,
  stream: string,
  subject: string,
  timeoutMs?: number,
): Promise<StoredMessage | undefined> {
  const query = JSON.stringify({ last_by_subj: subject });
  const message = await traced("get", () =>
    mailboxOf(nc).request(`$JS.API.DIRECT.GET.${stream}`, query, { timeoutMs }),
  );
  const reply = readReply(message);
  if (isStorageError(reply, "NotFound")) return undefined;
  if (reply instanceof StorageError) throw reply;
  return reply;
}

export type LeaderQuery = { last_by_subj: string } | { seq: number } | { seq: number; next_by_subj: string };

/** One message as the stream's leader has it: read-your-writes on any number of replicas; undefined if there is none. */
export async function getFromLeader(
  nc: NatsConnection,
  stream: string,
  query: LeaderQuery,
  timeoutMs?: number,
): Promise<StoredMessage | undefined> {
  try {
    return fromLeaderAnswer(await apiRequest(nc, `STREAM.MSG.GET.${stream}`, query, { timeoutMs, operation: "get" }));
  } catch (error) {
    if (isStorageError(error, "NotFound")) return undefined;
    throw error;
  }
}

function fromLeaderAnswer(answer: unknown): StoredMessage {
  const message = typeof answer === "object" && answer !== null && "message" in answer ? answer.message : undefined;
  if (typeof message === "object" && message !== null && "seq" in message && "subject" in message) {
    const { seq, subject } = message;
    const data = "data" in message && typeof message.data === "string" ? message.data : "";
    const time = "time" in message && typeof message.time === "string" ? Date.parse(message.time) : Number.NaN;
    if (typeof seq === "number" && typeof subject === "string") {
      return { subject, sequence: seq, timeMs: Number.isNaN(time) ? 0 : time, data: Buffer.from(data, "base64") };
    }
  }
  throw new StorageError("SlowDown", "the leader's answer holds no message");
}

function readReply(message: Msg): StoredMessage | StorageError | undefined {
  const headers = message.headers;
  if (isNoResponders(message)) return new StorageError("NoResponders", "nobody answers the direct get");
  if (headers?.code === 204) return undefined;
  if (headers?.code === 404) return new StorageError("NotFound", "no message found");
  const sequence = Number(headers?.get("Nats-Sequence"));
  if (headers === undefined || headers.code >= 300 || !Number.isSafeInteger(sequence) || sequence < 1) {
    return new StorageError("SlowDown", `direct get: ${headers?.status ?? "an answer without headers"}`);
  }
  // toISOString-like with nanoseconds: Date.parse drops what is beyond milliseconds
  const timeMs = Date.parse(headers.get("Nats-Time-Stamp"));
  return {
    subject: headers.get("Nats-Subject"),
    sequence,
    timeMs: Number.isNaN(timeMs) ? 0 : timeMs,
    data: message.data,
  };
}
