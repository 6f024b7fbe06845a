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

export type JetStream = {
  readonly nc: NatsConnection;
  api(call: string, body?: object, options?: { timeoutMs: number }): Promise<unknown>;
  publish(subject: string, payload: Uint8Array | string, options?: PublishOptions): Promise<number>;
  /** Publishes a record on top of the one at `expected` (0: none); undefined when another write was first. */
  publishRecord(subject: string, record: string, expected: number): Promise<number | undefined>;
  purge(stream: string, filter: string): Promise<number>;
  fromLeader(stream: string, query: LeaderQuery): Promise<StoredMessage | undefined>;
};

export function createJetStream(nc: NatsConnection): JetStream {
  const js: JetStream = {
    nc,
    api: (call, body, options) => apiRequest(nc, call, body, options),
    publish: (subject, payload, options) => publishAcked(nc, subject, payload, options),
    async publishRecord(subject, record, expected) {
      try {
        return await js.publish(subject, record, { rollup: true, expect: { lastSubjectSequence: expected } });
      } catch (error) {
        if (isStorageError(error, "Conflict")) return undefined;
        throw error;
      }
    },
    purge: (stream, filter) => purgeSubject(nc, stream, filter),
    fromLeader: (stream, query) => getFromLeader(nc, stream, query),
  };
  return js;
}
