/** Reads many messages of a stream in one request (ADR-31), without a consumer. */
import type { JetStreamManager, StoredMsg } from "@nats-io/jetstream";

/**
 * The messages from sequence `from` on that match `filter`, oldest first, at most `batch`. May be answered by a
 * replica that lags behind, and may end early: the caller fences what it read.
 */
export function directBatch(
  jsm: JetStreamManager,
  stream: string,
  query: { from: number; filter: string; batch: number },
): Promise<StoredMsg[]> {
  const rows: StoredMsg[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<StoredMsg[]>();
  // what came until then is good; the server's "nothing there" arrives as an error too
  const timer = setTimeout(() => resolve(rows), 5_000);
  // the callback form: the library's iterator form leaves its subscription behind
  jsm.direct
    .getBatch(stream, {
      seq: query.from,
      next_by_subj: query.filter,
      batch: query.batch,
      callback: (done, message) => (done === null ? void rows.push(message) : resolve(rows)),
    })
    .catch(reject);
  return promise.finally(() => clearTimeout(timer));
}
