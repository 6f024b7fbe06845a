/** Reads many messages of a stream in one request (ADR-31), without a consumer. */
import { countRoundTrip } from "@holdfast/runtime";
import { createInbox } from "@nats-io/nats-core";
import type { Msg, NatsConnection } from "@nats-io/nats-core";

/** A message as a direct get or a leader read shows it. */
export type Row = {
  readonly subject: string;
  readonly sequence: number;
  readonly data: Uint8Array;
  readonly deleted: boolean;
};

/**
 * The messages from sequence `from` on that match `filter`, oldest first, at most `batch`. May be answered by a replica that lags behind and
 * may end early: the caller fences what it read.
 */
export function directBatch(
  nc: NatsConnection,
  stream: string,
  query: { from: number; filter: string; batch: number },
): Promise<Row[]> {
  countRoundTrip("direct.batch");
  const inbox = createInbox(nc.options.inboxPrefix);
  const rows: Row[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<Row[]>();
  const subscription = nc.subscribe(inbox, {
    callback: (error, message) => {
      if (error) return reject(error);
      // 404: nothing there, 204: end of batch, 408 and 503: it ends early
      if (message.headers === undefined || message.headers.code > 0) return resolve(rows);
      rows.push(toRow(message));
    },
  });
  const timer = setTimeout(() => resolve(rows), 5_000);
  const request = { seq: query.from, next_by_subj: query.filter, batch: query.batch };
  nc.publish(`$JS.API.DIRECT.GET.${stream}`, JSON.stringify(request), { reply: inbox });
  return promise.finally(() => {
    clearTimeout(timer);
    subscription.unsubscribe();
  });
}

function toRow(message: Msg): Row {
  return {
    subject: message.headers?.get("Nats-Subject") ?? "",
    sequence: Number(message.headers?.get("Nats-Sequence")),
    data: message.data,
    deleted: message.headers?.has("KV-Operation") ?? false,
  };
}
