/** The JetStream calls on one connection, and how a record is published. */
import {
  apiRequest,
  getFromLeader,
  isStorageError,
  type LeaderQuery,
  publishAcked,
  type PublishOptions,
  purgeSubject,
  type StoredMessage,
} from "@holdfast/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";

/** How long to wait for an ack where there is a way to go on without: most answer in milliseconds, an election takes 4 to 9 s. */
export const inDoubtAfterMs = 3_000;
/**
 * How long a bucket's stream may be without a leader before its calls are SlowDown: nats-server elects one 4 to 9 s after the loss
 * of the last (2.14), and a write is given ten.
 */
export const electionMs = 8_000;

export type JetStream = {
  readonly nc: NatsConnection;
  api(call: string, body?: object, options?: { timeoutMs: number }): Promise<unknown>;
  publish(subject: string, payload: Uint8Array | string, options?: PublishOptions): Promise<number>;
  /** Publishes a record on top of the one at `expected` (0: none); undefined when another write was first. */
  publishRecord(
    subject: string,
    record: string,
    expected: number,
    options?: { timeoutMs: number },
  ): Promise<number | undefined>;
  purge(stream: string, filter: string): Promise<number>;
  fromLeader(stream: string, query: LeaderQuery, timeoutMs?: number): Promise<StoredMessage | undefined>;
};

export function createJetStream(nc: NatsConnection): JetStream {
  const js: JetStream = {
    nc,
    api: (call, body, options) => apiRequest(nc, call, body, options),
    publish: (subject, payload, options) => publishAcked(nc, subject, payload, options),
    async publishRecord(subject, record, expected, options) {
      try {
        return await js.publish(subject, record, {
          ...options,
          rollup: true,
          expect: { lastSubjectSequence: expected },
        });
      } catch (error) {
        if (isStorageError(error, "Conflict")) return undefined;
        throw error;
      }
    },
    purge: (stream, filter) => purgeSubject(nc, stream, filter),
    fromLeader: (stream, query, timeoutMs) => getFromLeader(nc, stream, query, timeoutMs),
  };
  return js;
}
