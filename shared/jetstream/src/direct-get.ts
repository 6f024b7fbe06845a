/**
 * Reads of single messages and batches from a stream, without a consumer.
 * ADR-31: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-31.md
 */
import { headerText, mailboxOf, statusOf, type Unanswered } from "@holdfast/runtime";
import type { Msg, NatsConnection } from "@nats-io/nats-core";
import { ask } from "./calls.ts";
import { readReply } from "./direct-reply.ts";
import { fromUnanswered, StorageError } from "./errors.ts";
import type { StoredMessage } from "./stored-message.ts";
import { type Quiet, traced } from "./telemetry.ts";

export type BatchRequest = { seq: number; next_by_subj: string; batch: number; max_bytes?: number };

/** Messages of one batch, in order, as they arrive. For those who want all of them at once: getBatch. */
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
  const { timeoutMs = 5_000, signal, quiet } = options;
  const single = !("batch" in request);
  const queue: Item[] = [];
  let ended = false;
  let wake: (() => void) | undefined;

  const push = (item: Item) => {
    if (ended) return;
    queue.push(item);
    if (item === undefined || item instanceof Error) end();
    wake?.();
  };
  const receive = (message: Msg) => {
    push(readReply(message));
    if (single) push(undefined);
  };
  const address = mailboxOf(nc).open(receive, push);
  const onAbort = () => push(new StorageError("Aborted", "the read was given up"));
  const finished = Promise.withResolvers<void>();
  void traced("get", () => finished.promise, quiet);
  const end = () => {
    ended = true;
    finished.resolve();
    address.close();
    signal?.removeEventListener("abort", onAbort);
  };
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted === true) onAbort();
  else address.send(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(request));

  return {
    async next() {
      if (queue.length === 0 && !ended) {
        // armed only while somebody waits: a slow consumer is not a slow server
        address.deadline = performance.now() + timeoutMs;
        await new Promise<void>((resolve) => (wake = resolve));
        wake = undefined;
        address.deadline = Number.POSITIVE_INFINITY;
      }
      const item = queue.shift();
      if (item instanceof Error) throw fromUnanswered(item);
      return item;
    },
    close: end,
  };
}

type Item = StoredMessage | StorageError | Unanswered | undefined;

/** The last message on a subject through a direct get, which a lagging replica may answer; undefined if there is none. */
export async function getLastDirect(
  nc: NatsConnection,
  stream: string,
  subject: string,
  timeoutMs?: number,
): Promise<StoredMessage | undefined> {
  // Asked for by the API's subject, which costs both sides half of what JSON does.
  const message = await ask(nc, "get", `$JS.API.DIRECT.GET.${stream}.${subject}`, undefined, { timeoutMs });
  const text = headerText(message);
  // An answer like any other, and a common one: it is not worth an Error.
  if (statusOf(text) === 404) return undefined;
  const reply = readReply(message, text);
  if (reply instanceof StorageError) throw reply;
  return reply;
}
