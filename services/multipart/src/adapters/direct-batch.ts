/** Reads many messages of a stream in one request (ADR-31), without a consumer. */
import { mailboxOf } from "@holdfast/object-layout";
import type { Msg, NatsConnection } from "@nats-io/nats-core";

export type Row = {
  readonly subject: string;
  readonly sequence: number;
  readonly writtenAt: number;
  readonly data: Uint8Array;
};

/**
 * What a batch answered. Any replica may have answered it, also one that lags behind: the caller fences what it
 * reads.
 */
export type Batch = {
  readonly rows: Row[];
  /** False when the server refused because more subjects match than it answers at once (1,024). */
  readonly fits: boolean;
  /** For `multi_last`: the rows are those of the stream at this sequence. */
  readonly upToSequence: number;
};

type Query = { multi_last: string[] } | { seq: number; next_by_subj: string; batch: number };

/** Rejects when the answer is cut short. */
export function directBatch(nc: NatsConnection, stream: string, query: Query, timeoutMs = 5_000): Promise<Batch> {
  const { promise, resolve, reject } = Promise.withResolvers<Batch>();
  const rows: Row[] = [];
  let pending = 0;

  const end = (status: Msg): void => {
    const code = status.headers?.code ?? 503;
    const upToSequence = Number(status.headers?.get("Nats-UpTo-Sequence") || 0);
    if (code === 404) return resolve({ rows, fits: true, upToSequence });
    if (code === 413) return resolve({ rows: [], fits: false, upToSequence });
    // for `multi_last` all must be there; a `next_by_subj` batch ends where it is full
    if (code === 204 && (pending === 0 || "seq" in query)) return resolve({ rows, fits: true, upToSequence });
    reject(new Error(`direct get on ${stream} ended with status ${code} ${status.headers?.description ?? ""}`));
  };

  const address = mailboxOf(nc).open((message) => {
    if (message.headers === undefined || message.headers.code > 0) return end(message);
    pending = Number(message.headers.get("Nats-Num-Pending") || 0);
    rows.push(toRow(message));
  });
  const timer = setTimeout(
    () => reject(new Error(`direct get on ${stream} was not answered in ${timeoutMs} ms`)),
    timeoutMs,
  );
  nc.publish(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(query), { reply: address.reply });
  return promise.finally(() => {
    clearTimeout(timer);
    address.close();
  });
}

function toRow(message: Msg): Row {
  return {
    subject: message.headers?.get("Nats-Subject") ?? "",
    sequence: Number(message.headers?.get("Nats-Sequence")),
    writtenAt: Date.parse(message.headers?.get("Nats-Time-Stamp") ?? ""),
    data: message.data,
  };
}
