/** Events of objects in the stream `HOLDFAST_WORKLOAD_EVENTS`, the newest 100 of each for as long as configured. */
import { ensureStream, getBatch, getFromLeader, isStorageError, publishAcked } from "@holdfast/jetstream";
import type { StoredMessage } from "@holdfast/jetstream";
import { ObjectEvent } from "@holdfast/contracts";
import { fail } from "@holdfast/micro";
import type { NatsConnection } from "@nats-io/nats-core";
import type { EventFilter, EventLog } from "../event-log.ts";
import type { NewEvent } from "../domain/pass.ts";
import { Hints } from "./hints.ts";

const stream = "HOLDFAST_WORKLOAD_EVENTS";
const root = "$HOLDFAST.scheduler.events";
const Row = ObjectEvent.omit({ revision: true });

type Log = { warn(fields: object, message: string): void };
type Options = { readonly replicas: number; readonly maxAgeMs: number; readonly now: () => number; readonly log: Log };

export async function openEventLog(nc: NatsConnection, options: Options): Promise<JetStreamEventLog> {
  const { replicas, maxAgeMs } = options;
  // old events go by age and number
  await ensureStream(nc, {
    name: stream,
    description: "Holdfast: what happened to workloads",
    subjects: [`${root}.>`],
    num_replicas: replicas,
    max_age: maxAgeMs * 1_000_000,
    max_msgs_per_subject: 100,
    max_msgs: 100_000,
    discard: "old",
    allow_direct: true,
  });
  return new JetStreamEventLog(nc, options);
}

const subjectOf = ({ kind, namespace, name }: EventFilter): string =>
  `${root}.${kind ?? "*"}.${namespace ?? "*"}.${name ?? ">"}`;

export class JetStreamEventLog implements EventLog {
  readonly #nc: NatsConnection;
  readonly #options: Options;
  readonly #hints: Hints;

  constructor(nc: NatsConnection, options: Options) {
    this.#nc = nc;
    this.#options = options;
    this.#hints = new Hints(nc, `${root}.>`);
  }

  async append(events: readonly NewEvent[]): Promise<void> {
    const time = this.#options.now();
    const written = await Promise.allSettled(
      events.map((event) => publishAcked(this.#nc, subjectOf(event.object), JSON.stringify({ ...event, time }))),
    );
    // an event tells; what is, is in the objects
    const lost = written.filter(({ status }) => status === "rejected").length;
    if (lost > 0) this.#options.log.warn({ lost }, "events could not be written");
  }

  async list(since: number, filter: EventFilter, limit: number): Promise<ObjectEvent[]> {
    const events: ObjectEvent[] = [];
    try {
      for (let last = since; events.length < limit;) {
        const rows = await this.#rowsBehind(last, subjectOf(filter), limit - events.length);
        if (rows.length === 0) break;
        for (const row of rows) {
          last = row.sequence;
          const parsed = Row.safeParse(JSON.parse(Buffer.from(row.data).toString("utf8"))).data;
          if (parsed !== undefined) events.push({ ...parsed, revision: row.sequence });
        }
      }
    } catch (error) {
      throw fail("SlowDown", "the events cannot be read", { cause: error });
    }
    return events.slice(0, limit);
  }

  wait(waitMs: number, signal: AbortSignal): Promise<void> {
    return this.#hints.next(waitMs, signal);
  }

  close(): void {
    this.#hints.close();
  }

  /** The leader is asked first: what it says is there is there, however far the replicas lag. */
  async #rowsBehind(sequence: number, filter: string, batch: number): Promise<StoredMessage[]> {
    const first = await getFromLeader(this.#nc, stream, { seq: sequence + 1, next_by_subj: filter });
    if (first === undefined) return [];
    const more = await getBatch(this.#nc, stream, { seq: first.sequence + 1, next_by_subj: filter, batch }).catch(
      (error: unknown) => {
        if (isStorageError(error)) return { messages: [] };
        throw error;
      },
    );
    return [first, ...more.messages.filter((message) => message.sequence > first.sequence)];
  }
}
