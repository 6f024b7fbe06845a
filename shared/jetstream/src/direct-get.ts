/**
 * Reads of single messages and batches from a stream, without a consumer.
 * ADR-31: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-31.md
 */
import type { Msg, NatsConnection } from "@nats-io/nats-core";
import { readReply } from "./direct-reply.ts";
import { isStorageError, StorageError } from "./errors.ts";
import { mailboxOf } from "./mailbox.ts";
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
