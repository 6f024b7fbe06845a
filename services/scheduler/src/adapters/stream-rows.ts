/** The messages of a stream, read so that what was acknowledged before the call is among them, however far replicas lag. */
import { getBatch, getFromLeader, isStorageError, type StoredMessage } from "@holdfast/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";

const batch = 1_000;

export class StreamRows {
  readonly #nc: NatsConnection;
  readonly #stream: string;
  readonly #filter: string;

  constructor(nc: NatsConnection, stream: string, filter: string) {
    this.#nc = nc;
    this.#stream = stream;
    this.#filter = filter;
  }

  /** The one with this sequence, as the leader has it. Rejects with StorageError. */
  at(seq: number): Promise<StoredMessage | undefined> {
    return getFromLeader(this.#nc, this.#stream, { seq });
  }

  /** All behind a sequence: the leader is asked behind the last one until it knows of none. Rejects with StorageError. */
  async behind(sequence: number): Promise<StoredMessage[]> {
    const rows: StoredMessage[] = [];
    for (let last = sequence; ;) {
      const first = await getFromLeader(this.#nc, this.#stream, { seq: last + 1, next_by_subj: this.#filter });
      if (first === undefined) return rows;
      for (const message of [first, ...(await this.#from(first.sequence + 1))]) {
        if (message.sequence <= last) continue;
        rows.push(message);
        last = message.sequence;
      }
    }
  }

  /** What some replica gives of the rows from a sequence on; none when it does not answer: the leader is asked again behind them. */
  async #from(seq: number): Promise<StoredMessage[]> {
    try {
      return (await getBatch(this.#nc, this.#stream, { seq, next_by_subj: this.#filter, batch })).messages;
    } catch (error) {
      if (isStorageError(error)) return [];
      throw error;
    }
  }
}
