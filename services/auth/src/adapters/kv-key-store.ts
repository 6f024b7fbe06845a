/**
 * The keys in the NATS KV bucket `holdfast-auth`: `key.<base64url of the access key id>` per key (access key ids may
 * hold what KV keys cannot) and `master`, which names the master key that this store's secrets are encrypted with.
 *
 * The view in memory is not fed by a watch. A watch shows a change some time after it was acknowledged; an instance
 * that answers from it could give away a signing key that another instance revoked a moment ago. Instead each
 * `refresh` asks the stream's leader for the first message behind the view's checkpoint. "None" is the fence: the
 * view is current, at the price of one round trip shared by all who wait for it. This also makes "no such key" exact
 * without a cache of unknown keys.
 */
import {
  apiRequest,
  ensureKvBucket,
  getBatch,
  getFromLeader,
  isStorageError,
  kvPrefix,
  kvStream,
  publishAcked,
  sharedFence,
} from "@holdfast/jetstream";
import type { LeaderQuery, PublishOptions, StoredMessage } from "@holdfast/jetstream";
import { fail } from "@holdfast/micro";
import { headers } from "@nats-io/nats-core";
import type { NatsConnection } from "@nats-io/nats-core";
import { z } from "zod";
import { KeyEntry } from "../key-store.ts";
import type { Expected, KeyStore, OnKeyChange, StoredKey } from "../key-store.ts";

const kvBucket = "holdfast-auth";
const stream = kvStream(kvBucket);
const prefix = kvPrefix(kvBucket);
const keyPrefix = `${prefix}key.`;
const masterSubject = `${prefix}master`;
const MasterRecord = z.object({ keyId: z.string() });
const StreamInfo = z.object({ state: z.object({ last_seq: z.number() }) });
const writeTimeoutMs = 5_000;

type Log = { warn(fields: object, message: string): void };
type Options = { replicas: number; onChange: OnKeyChange; log: Log };

/** Opens the store, making the KV bucket if need be, and reads what it holds. */
export async function openKvKeyStore(nc: NatsConnection, options: Options): Promise<KvKeyStore> {
  await ensureKvBucket(nc, kvBucket, { replicas: options.replicas, description: "Holdfast access keys" });
  const store = new KvKeyStore(nc, options);
  await store.refresh();
  return store;
}

export class KvKeyStore implements KeyStore {
  readonly #nc: NatsConnection;
  readonly #options: Options;
  readonly #keys = new Map<string, StoredKey>();
  /** Sequences of the markers that deleted keys left behind. */
  readonly #markers = new Map<string, number>();
  readonly #fence = sharedFence(() => this.#catchUp());
  #masterKeyId: string | undefined;
  #opened = false;
  #checkpoint = 0;
  #checkpointTime = 0;

  constructor(nc: NatsConnection, options: Options) {
    this.#nc = nc;
    this.#options = options;
  }

  /** Which master key encrypted the secrets in here; undefined before the first start. */
  get masterKeyId(): string | undefined {
    return this.#masterKeyId;
  }

  refresh(): Promise<number> {
    return this.#fence();
  }

  async refreshForWrite(): Promise<number> {
    const before = await this.#lastSequence().catch((cause: unknown) => {
      throw fail("SlowDown", "the key store cannot be read", { cause });
    });
    // where an operator removed the last messages, the stream's last sequence lies behind anything that can be read
    return Math.max(await this.refresh(), before);
  }

  get(accessKeyId: string): StoredKey | undefined {
    return this.#keys.get(accessKeyId);
  }

  list(): StoredKey[] {
    return [...this.#keys.values()];
  }

  /** Names the master key once and for all; false when another instance was faster. */
  async claimMasterKey(keyId: string): Promise<boolean> {
    const claimed = await this.#publish(masterSubject, { keyId }, { expect: { lastSubjectSequence: 0 } });
    await this.refresh();
    return claimed;
  }

  async write(entry: KeyEntry, expected: Expected): Promise<boolean> {
    const subject = subjectOf(entry.accessKeyId);
    if ("storeRevision" in expected) {
      return this.#publish(subject, entry, { expect: { lastSequence: expected.storeRevision } });
    }
    // a deleted key leaves a marker on its subject: "does not exist" then means "still is that marker"
    const lastSubjectSequence = expected.keyRevision || (this.#markers.get(entry.accessKeyId) ?? 0);
    return this.#publish(subject, entry, { expect: { lastSubjectSequence } });
  }

  async delete(accessKeyId: string): Promise<void> {
    const marker = headers();
    marker.set("KV-Operation", "PURGE");
    marker.set("Nats-Rollup", "sub");
    await this.#publish(subjectOf(accessKeyId), undefined, { headers: marker });
  }

  async #publish(subject: string, value: unknown, options: PublishOptions): Promise<boolean> {
    const body = value === undefined ? "" : JSON.stringify(value);
    try {
      await publishAcked(this.#nc, subject, body, { ...options, timeoutMs: writeTimeoutMs });
      return true;
    } catch (error) {
      if (isStorageError(error, "Conflict")) return false;
      throw fail("SlowDown", "the key store did not acknowledge the write", { cause: error });
    }
  }

  async #lastSequence(): Promise<number> {
    const info = await apiRequest(this.#nc, `STREAM.INFO.${stream}`, undefined, { operation: "info" });
    return StreamInfo.parse(info).state.last_seq;
  }

  async #catchUp(): Promise<number> {
    try {
      const [rows, isIntact] = await Promise.all([this.#rowsBehind(this.#checkpoint, `${prefix}>`), this.#isIntact()]);
      if (isIntact) for (const row of rows) this.#apply(row);
      else {
        const master = await this.#leader({ last_by_subj: masterSubject });
        this.#startOver(master, await this.#rowsBehind(0, `${keyPrefix}>`));
      }
    } catch (error) {
      throw fail("SlowDown", "the key store cannot be read", { cause: error });
    }
    this.#opened = true;
    return this.#checkpoint;
  }

  /** All of them: the leader was asked behind the last one, and a replica may not know yet what was acknowledged. */
  async #rowsBehind(sequence: number, filter: string): Promise<StoredMessage[]> {
    const rows: StoredMessage[] = [];
    for (let last = sequence; ;) {
      const first = await this.#leader({ seq: last + 1, next_by_subj: filter });
      if (first === undefined) return rows;
      for (const message of [first, ...(await this.#batch(first.sequence + 1, filter))]) {
        if (message.sequence <= last) continue;
        rows.push(message);
        last = message.sequence;
      }
    }
  }

  /** What some replica gives of the rows from a sequence on; none when it does not answer: the leader is asked again behind them. */
  async #batch(seq: number, filter: string): Promise<StoredMessage[]> {
    try {
      return (await getBatch(this.#nc, stream, { seq, next_by_subj: filter, batch: 1000 })).messages;
    } catch (error) {
      if (isStorageError(error)) return [];
      throw error;
    }
  }

  /**
   * Whether the last message seen still is there. It is not when its key was written again; nor when the stream was put
   * back to an earlier state (a backup, a power failure) or made anew, and what comes then may bear sequences that the
   * view takes for old: a revocation among them would count nowhere.
   */
  async #isIntact(): Promise<boolean> {
    if (this.#checkpoint === 0) return true;
    const message = await this.#leader({ seq: this.#checkpoint });
    return message !== undefined && message.timeMs === this.#checkpointTime;
  }

  #leader(query: LeaderQuery): Promise<StoredMessage | undefined> {
    return getFromLeader(this.#nc, stream, query);
  }

  /** Forgets the view and takes in all that there is; the edges hear of each key that is not what it was. */
  #startOver(master: StoredMessage | undefined, keys: readonly StoredMessage[]): void {
    const before = new Map(this.#keys);
    const checkpoint = this.#checkpoint;
    this.#keys.clear();
    this.#markers.clear();
    this.#masterKeyId = master === undefined ? undefined : parse(MasterRecord, master)?.keyId;
    this.#checkpoint = 0;
    this.#opened = false;
    for (const row of keys) this.#apply(row);
    if (this.#checkpoint < checkpoint) {
      const revisions = { before: checkpoint, after: this.#checkpoint };
      this.#options.log.warn(revisions, "the key store is older than it was a moment ago: read anew");
    }
    for (const accessKeyId of new Set([...before.keys(), ...this.#keys.keys()])) {
      const revision = this.#keys.get(accessKeyId)?.revision ?? this.#markers.get(accessKeyId) ?? this.#checkpoint;
      if (before.get(accessKeyId)?.revision !== revision) this.#options.onChange({ revision, accessKeyId });
    }
  }

  #apply(row: StoredMessage): void {
    if (row.sequence <= this.#checkpoint) return;
    this.#checkpoint = row.sequence;
    this.#checkpointTime = row.timeMs;
    if (row.subject === masterSubject) this.#masterKeyId = parse(MasterRecord, row)?.keyId;
    if (!row.subject.startsWith(keyPrefix)) return;
    const accessKeyId = Buffer.from(row.subject.slice(keyPrefix.length), "base64url").toString("utf8");
    this.#applyKey(accessKeyId, row);
    if (this.#opened) this.#options.onChange({ revision: row.sequence, accessKeyId });
  }

  #applyKey(accessKeyId: string, row: StoredMessage): void {
    const isDeleted = row.headers?.has("KV-Operation") ?? false;
    const entry = isDeleted ? undefined : parse(KeyEntry, row);
    this.#keys.delete(accessKeyId);
    this.#markers.delete(accessKeyId);
    if (entry?.accessKeyId === accessKeyId) this.#keys.set(accessKeyId, { entry, revision: row.sequence });
    else this.#markers.set(accessKeyId, row.sequence);
    if (!isDeleted && entry === undefined) {
      this.#options.log.warn(
        { accessKeyId, revision: row.sequence },
        "an entry of the key store cannot be read: treated as deleted",
      );
    }
  }
}

function subjectOf(accessKeyId: string): string {
  return keyPrefix + Buffer.from(accessKeyId).toString("base64url");
}

function parse<T extends z.ZodType>(schema: T, row: StoredMessage): z.output<T> | undefined {
  try {
    return schema.safeParse(JSON.parse(Buffer.from(row.data).toString("utf8"))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
