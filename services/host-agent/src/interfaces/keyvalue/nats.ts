/**
 * Buckets are NATS KV buckets (ADR-8), so that every NATS client sees what components keep. Conventions shared with wasmCloud: the name is
 * the bucket, made if missing; counters are 8 bytes big-endian.
 *
 * No consumers: keys are listed by batches of direct gets, which read the values too. With several replicas one that lags behind may
 * answer a listing (a single key is always read from the leader then).
 * Gap: JetStream domains.
 */
import {
  ensureKvBucket,
  findKvBucket,
  getBatch,
  getFromLeader,
  getLastDirect,
  isStorageError,
  kvPrefix,
  kvStream,
  publishAcked,
  type StoredMessage,
  type StreamShape,
} from "@holdfast/jetstream";
import { HeaderBlock } from "@holdfast/runtime";
import type { NatsConnection } from "@nats-io/nats-core";
import { setTimeout as delay } from "node:timers/promises";
import { oneAtATime } from "../one-at-a-time.ts";
import { type Bucket, type KeyPage, type KeyValueBackend, KeyValueError, other, pageKeys } from "./bucket.ts";
import { encodeCounter, incremented } from "./counter.ts";
import { decodeKey, encodeKey } from "./nats-key.ts";

export type NatsKeyValueOptions = {
  /** Make a bucket that is not there. */
  readonly create: boolean;
  /** Of buckets that are made. */
  readonly replicas: number;
};

const bucketPattern = /^[\w-]{1,128}$/;
/** The mesh's own: keys of users, desired state, leases. */
const reserved = /^holdfast-/i;
const maxAttempts = 50;
/** Of values, in one page of keys. */
const pageBytes = 1024 * 1024;
const markers = ["KV-Operation", "Nats-Marker-Reason"];

export function natsKeyValueBackend(nc: NatsConnection, options: NatsKeyValueOptions): KeyValueBackend {
  return {
    async open(name) {
      if (!bucketPattern.test(name))
        throw new KeyValueError("NoSuchStore", `${JSON.stringify(name)} is no name of a KV bucket`);
      if (reserved.test(name)) throw new KeyValueError("AccessDenied", `${name} is Holdfast's own`);
      return openBucket(nc, name, await shapeOf(nc, name, options));
    },
  };
}

async function shapeOf(nc: NatsConnection, name: string, options: NatsKeyValueOptions): Promise<StreamShape> {
  if (options.create) return ensureKvBucket(nc, name, { replicas: options.replicas });
  const found = await findKvBucket(nc, name);
  if (found === undefined) throw new KeyValueError("NoSuchStore", `there is no KV bucket ${name}`);
  return found;
}

function openBucket(nc: NatsConnection, name: string, { replicas, perSubject }: StreamShape): Bucket {
  const stream = kvStream(name);
  const prefix = kvPrefix(name);
  const subjectOf = (key: string) => `${prefix}${encodeKey(key)}`;
  const inTurn = oneAtATime();

  const last = async (key: string): Promise<StoredMessage | undefined> => {
    if (replicas <= 1) {
      try {
        return await getLastDirect(nc, stream, subjectOf(key));
      } catch (error) {
        // a bucket without direct gets, or none any more: the leader tells which
        if (!isStorageError(error, "NoResponders")) throw error;
      }
    }
    return getFromLeader(nc, stream, { last_by_subj: subjectOf(key) });
  };

  const tryIncrement = async (key: string, delta: bigint): Promise<bigint> => {
    const found = await last(key);
    const sum = incremented(valueOf(found), delta);
    await publishAcked(nc, subjectOf(key), encodeCounter(sum), {
      expect: { lastSubjectSequence: found?.sequence ?? 0 },
    });
    return sum;
  };

  return {
    get: async (key) => valueOf(await last(key)),
    exists: async (key) => valueOf(await last(key)) !== undefined,
    async set(key, value) {
      requireFits(nc, value);
      await publishAcked(nc, subjectOf(key), value);
    },
    async delete(key) {
      // a marker for a key that was never there would be listed by nobody and kept for ever
      if (valueOf(await last(key)) === undefined) return;
      const headers = new HeaderBlock();
      headers.set("KV-Operation", "DEL");
      await publishAcked(nc, subjectOf(key), new Uint8Array(), { headers });
    },
    listKeys: (cursor) => listPage(nc, { stream, prefix, perSubject }, cursor ?? 1n),
    increment: (key, delta) =>
      // in this process one after the other: of those who come together only one could win each round
      inTurn(key, async () => {
        for (let attempt = 1; ; attempt++) {
          try {
            return await tryIncrement(key, delta);
          } catch (error) {
            if (!isStorageError(error, "Conflict")) throw error;
            if (attempt === maxAttempts) throw other(`too many others change ${JSON.stringify(key)}`, { cause: error });
            await delay(Math.random() * attempt);
          }
        }
      }),
  };
}

const isMarker = (message: StoredMessage) => markers.some((name) => message.headers?.has(name) === true);

function valueOf(message: StoredMessage | undefined): Uint8Array | undefined {
  // a copy: what came lies in a buffer of the connection with much else, and all of that would go to the worker
  return message === undefined || isMarker(message) ? undefined : new Uint8Array(message.data);
}

/** NATS would close the connection over a message that is too large. */
function requireFits(nc: NatsConnection, value: Uint8Array): void {
  const limit = (nc.info?.max_payload ?? 1024 * 1024) - 1_024;
  if (value.length > limit) throw other(`the value has ${value.length} bytes, and NATS takes ${limit}`);
}

type Listed = { readonly stream: string; readonly prefix: string; readonly perSubject: number };

/** From a stream sequence on; where one is kept on each subject, each key is there once. */
async function listPage(nc: NatsConnection, { stream, prefix, perSubject }: Listed, from: bigint): Promise<KeyPage> {
  const query = { seq: Number(from), next_by_subj: `${prefix}>`, batch: pageKeys, max_bytes: pageBytes };
  const { messages } = await getBatch(nc, stream, query);
  const end = messages.at(-1);
  const there = perSubject === 1 ? messages : await newestOf(nc, stream, messages);
  const keys = there
    .filter((message) => !isMarker(message))
    .map(({ subject }) => decodeKey(subject.slice(prefix.length)));
  const pending = Number(end?.headers?.get("Nats-Num-Pending") ?? 0);
  return end !== undefined && pending > 0 ? { keys, cursor: BigInt(end.sequence) + 1n } : { keys };
}

/** Without revisions that a later one replaced: that one is on this page or a later one. */
async function newestOf(
  nc: NatsConnection,
  stream: string,
  messages: readonly StoredMessage[],
): Promise<StoredMessage[]> {
  const subjects = [...new Set(messages.map(({ subject }) => subject))];
  if (subjects.length === 0) return [];
  const newest = await getBatch(nc, stream, { multi_last: subjects });
  const sequences = new Set(newest.messages.map(({ sequence }) => sequence));
  return messages.filter(({ sequence }) => sequences.has(sequence));
}
