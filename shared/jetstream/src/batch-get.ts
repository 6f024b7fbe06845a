/** Reads many messages of a stream in one request (ADR-31), without a consumer. */
import { headerLine, headerText, headerValue, mailboxOf, statusOf } from "@holdfast/runtime";
import type { Msg, NatsConnection } from "@nats-io/nats-core";
import type { BatchRequest } from "./direct-get.ts";
import { readReply } from "./direct-reply.ts";
import { fromUnanswered, isStorageError, StorageError } from "./errors.ts";
import type { StoredMessage } from "./stored-message.ts";
import { traced } from "./telemetry.ts";

/** The last messages of these subjects, or those from a sequence on. */
export type BatchQuery = { multi_last: string[] } | BatchRequest;

export type BatchAnswer = {
  readonly messages: StoredMessage[];
  /** False when the server refused because more subjects match than it answers at once (1,024). */
  readonly fits: boolean;
  /** For `multi_last`: the messages are those of the stream at this sequence; 0 when there are none. */
  readonly upToSequence: number;
};

/**
 * All messages of one batch; none is an answer too. Any replica may have answered, also one that lags behind: the caller fences what
 * it reads. Rejects with NoResponders, or with SlowDown when the answer is cut short.
 */
export function getBatch(
  nc: NatsConnection,
  stream: string,
  query: BatchQuery,
  timeoutMs = 5_000,
): Promise<BatchAnswer> {
  return traced("batch", () => collect(nc, stream, query, timeoutMs));
}

const upToLine = headerLine("Nats-UpTo-Sequence");
const pendingLine = headerLine("Nats-Num-Pending");

function collect(nc: NatsConnection, stream: string, query: BatchQuery, timeoutMs: number): Promise<BatchAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<BatchAnswer>();
  const messages: StoredMessage[] = [];
  let pending = 0;

  const receive = (reply: Msg): void => {
    const text = headerText(reply);
    const upToSequence = Number(headerValue(text, upToLine));
    if (statusOf(text) === 413) return resolve({ messages: [], fits: false, upToSequence });
    const message = readReply(reply, text);
    if (message === undefined) {
      // for `multi_last` all must be there; a `next_by_subj` batch ends where it is full
      if (pending === 0 || "seq" in query) return resolve({ messages, fits: true, upToSequence });
      return reject(new StorageError("SlowDown", `direct get on ${stream} ended ${pending} messages early`));
    }
    if (isStorageError(message, "NotFound")) return resolve({ messages, fits: true, upToSequence });
    if (message instanceof StorageError) return reject(message);
    pending = Number(headerValue(text, pendingLine));
    messages.push(message);
  };
  const address = mailboxOf(nc).open(receive, (error) => reject(fromUnanswered(error)));
  address.deadline = performance.now() + timeoutMs;
  address.send(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(query));
  return promise.finally(() => address.close());
}
