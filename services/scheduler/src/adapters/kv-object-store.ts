/**
 * Objects in the NATS KV bucket `holdfast-workloads`: `<Kind>.<namespace>.<name>` each, beside `fence` (who may act) and `master` (which
 * master key the Secrets were sealed with).
 *
 * Every instance holds all objects in memory. The view is not fed by a watch, which shows a change some time after it was acknowledged:
 * each `refresh` asks the stream's leader for the first message behind the view's checkpoint, and "none" makes it current, at the price
 * of one round trip shared by all who wait for it. A plain subscription to the bucket's subjects only says when it is worth to look.
 *
 * The leader's commits are conditional on the last sequence of the whole stream, one after the other: in flight together, a stranger's
 * write between them could make a later one fit by chance. A new leader's fence is such a stranger's write.
 */
import { ensureKvBucket, isStorageError, kvPrefix, kvStream, publishAcked, sharedFence } from "@holdfast/jetstream";
import type { Expected, StoredMessage } from "@holdfast/jetstream";
import { fail } from "@holdfast/micro";
import { headers } from "@nats-io/nats-core";
import type { NatsConnection } from "@nats-io/nats-core";
import { isKind, type Kind } from "@holdfast/manifests";
import { z } from "zod";
import { records, type StoredRecord } from "../domain/records.ts";
import { Objects, type View } from "../domain/view.ts";
import type { Committed, Fence, ObjectStore, Write } from "../object-store.ts";
import { Hints } from "./hints.ts";
import { StreamRows } from "./stream-rows.ts";

const kvBucket = "holdfast-workloads";
const stream = kvStream(kvBucket);
const prefix = kvPrefix(kvBucket);
const all = `${prefix}>`;
const FenceRow = z.object({ token: z.int(), instance: z.string() });
const MasterRow = z.object({ keyId: z.string() });
const writeTimeoutMs = 5_000;
/** Markers of deleted keys live so long; a view that was not refreshed for half of it begins anew. */
const markerSeconds = 3_600;
const maxGapMs = (markerSeconds * 1_000) / 2;

type Log = { warn(fields: object, message: string): void };
type Options = { readonly replicas: number; readonly log: Log; readonly now: () => number };

/** Opens the store, making the KV bucket if need be, and reads what it holds. */
export async function openKvObjectStore(nc: NatsConnection, options: Options): Promise<KvObjectStore> {
  const { replicas } = options;
  await ensureKvBucket(nc, kvBucket, { replicas, description: "Holdfast workloads", markersExpire: true });
  const store = new KvObjectStore(nc, options);
  await store.refresh();
  return store;
}

export class KvObjectStore implements ObjectStore {
  readonly #nc: NatsConnection;
  readonly #options: Options;
  readonly #objects = new Objects();
  readonly #rows: StreamRows;
  readonly #refresh = sharedFence(() => this.#catchUp());
  readonly #hints: Hints;
  /** Sequences of the last message on each subject, markers of deleted keys included. */
  readonly #sequences = new Map<string, number>();
  #revision = 0;
  #revisionTime = 0;
  #refreshedAtMs = 0;
  /** Hints that had come when the last refresh began. */
  #heardBefore = 0;
  #fence: Fence | undefined;
  #masterKeyId: string | undefined;

  constructor(nc: NatsConnection, options: Options) {
    this.#nc = nc;
    this.#options = options;
    this.#rows = new StreamRows(nc, stream, all);
    this.#hints = new Hints(nc, all);
  }

  /** What NATS carries in one message, headers aside. */
  get maxRecordBytes(): number {
    return (this.#nc.info?.max_payload ?? 1024 * 1024) - 4_096;
  }

  get view(): View {
    return this.#objects;
  }

  get revision(): number {
    return this.#revision;
  }

  get fence(): Fence | undefined {
    return this.#fence;
  }

  /** Which master key sealed the Secrets in here; undefined before the first start. */
  get masterKeyId(): string | undefined {
    return this.#masterKeyId;
  }

  refresh(): Promise<number> {
    return this.#refresh();
  }

  async put(key: string, record: StoredRecord, expectedRevision: number): Promise<number | undefined> {
    const lastSubjectSequence = expectedRevision || (this.#sequences.get(key) ?? 0);
    return this.#publish({ key, record }, { lastSubjectSequence });
  }

  async remove(key: string, expectedRevision: number): Promise<boolean> {
    return (await this.#publish({ key, record: undefined }, { lastSubjectSequence: expectedRevision })) !== undefined;
  }

  async commit(writes: readonly Write[]): Promise<Committed> {
    let last = this.#revision;
    for (const [index, write] of writes.entries()) {
      const sequence = await this.#publish(write, { lastSequence: last });
      if (sequence === undefined) return { isDone: false, written: index };
      last = sequence;
    }
    return { isDone: true, written: writes.length };
  }

  async raiseFence(fence: Fence): Promise<boolean> {
    await this.refresh();
    const { token, instance } = this.#fence ?? { token: 0, instance: "" };
    if (token > fence.token || (token === fence.token && instance !== fence.instance)) return false;
    const expected = { lastSubjectSequence: this.#sequences.get("fence") ?? 0 };
    const sequence = await this.#send("fence", JSON.stringify(fence), expected);
    await this.refresh();
    return sequence !== undefined;
  }

  /** Names the master key once and for all; false when another instance was faster. */
  async claimMasterKey(keyId: string): Promise<boolean> {
    const claimed = await this.#send("master", JSON.stringify({ keyId }), { lastSubjectSequence: 0 });
    await this.refresh();
    return claimed !== undefined;
  }

  async changed(revision: number, waitMs: number, signal?: AbortSignal): Promise<void> {
    if (this.#revision > revision || this.#hints.heard > this.#heardBefore) return;
    await this.#hints.next(waitMs, signal);
  }

  close(): void {
    this.#hints.close();
  }

  async #publish({ key, record }: Write, expect: Expected): Promise<number | undefined> {
    if (record === undefined) return this.#send(key, "", expect);
    const text = JSON.stringify(record);
    if (Buffer.byteLength(text) > this.maxRecordBytes) {
      throw fail(
        "Refused",
        `${key} is larger than NATS carries here (${this.maxRecordBytes} bytes): make it smaller or raise max_payload`,
      );
    }
    return this.#send(key, text, expect);
  }

  /** The sequence of the write; undefined when the expectation did not hold. Takes what it wrote into the view if it comes next. */
  async #send(key: string, body: string, expect: Expected): Promise<number | undefined> {
    const options = { expect, timeoutMs: writeTimeoutMs, ...(body === "" && { headers: markerHeaders() }) };
    try {
      return await publishAcked(this.#nc, prefix + key, body, options);
    } catch (error) {
      if (isStorageError(error, "Conflict")) return undefined;
      throw fail("SlowDown", "the store of workloads did not acknowledge the write", { cause: error });
    }
  }

  async #catchUp(): Promise<number> {
    const { now } = this.#options;
    const begunAt = now();
    this.#heardBefore = this.#hints.heard;
    try {
      const rows = await this.#rows.behind(this.#revision);
      const isLongAgo = this.#revision > 0 && begunAt - this.#refreshedAtMs > maxGapMs;
      if (isLongAgo || !(await this.#isIntact(rows))) this.#startOver(await this.#rows.behind(0));
      else for (const row of rows) this.#apply(row);
    } catch (error) {
      throw fail("SlowDown", "the store of workloads cannot be read", { cause: error });
    }
    this.#refreshedAtMs = begunAt;
    return this.#revision;
  }

  /**
   * Whether the last message seen still is there, or was followed by another one on its subject. Neither is so when the stream was put
   * back to an earlier state or made anew, and what comes then may bear sequences that the view takes for old. With rows behind the
   * checkpoint it may also have expired, if it was the marker of a deleted key.
   */
  async #isIntact(rows: readonly StoredMessage[]): Promise<boolean> {
    if (this.#revision === 0) return true;
    const message = await this.#rows.at(this.#revision);
    if (message !== undefined) return message.timeMs === this.#revisionTime;
    return rows.some(({ subject }) => this.#sequences.get(subject.slice(prefix.length)) === this.#revision);
  }

  #startOver(rows: readonly StoredMessage[]): void {
    this.#options.log.warn({ revision: this.#revision }, "the store of workloads is not what it was: read anew");
    this.#objects.clear();
    this.#sequences.clear();
    this.#fence = undefined;
    this.#masterKeyId = undefined;
    this.#revision = 0;
    for (const row of rows) this.#apply(row);
  }

  #apply(row: StoredMessage): void {
    if (row.sequence <= this.#revision) return;
    this.#revision = row.sequence;
    this.#revisionTime = row.timeMs;
    const key = row.subject.slice(prefix.length);
    this.#sequences.set(key, row.sequence);
    const isMarker = row.headers?.has("KV-Operation") ?? false;
    if (key === "fence") this.#fence = parse(FenceRow, row);
    else if (key === "master") this.#masterKeyId = parse(MasterRow, row)?.keyId;
    else this.#applyObject(key, isMarker ? undefined : row);
  }

  #applyObject(key: string, row: StoredMessage | undefined): void {
    const kind = key.slice(0, key.indexOf("."));
    const record = row && isKind(kind) ? parseRecord(kind, row) : undefined;
    if (row !== undefined && record === undefined) {
      this.#options.log.warn(
        { key, revision: row.sequence },
        "an entry of the store cannot be read: treated as deleted",
      );
    }
    if (record === undefined || row === undefined) this.#objects.delete(key);
    else this.#objects.set(key, record, row.sequence);
  }
}

function markerHeaders() {
  const marker = headers();
  marker.set("KV-Operation", "PURGE");
  marker.set("Nats-Rollup", "sub");
  marker.set("Nats-TTL", `${markerSeconds}s`);
  return marker;
}

const parseRecord = (kind: Kind, row: StoredMessage): StoredRecord | undefined =>
  parse<z.ZodType<StoredRecord>>(records[kind], row);

function parse<T extends z.ZodType>(schema: T, row: StoredMessage): z.output<T> | undefined {
  try {
    return schema.safeParse(JSON.parse(Buffer.from(row.data).toString("utf8"))).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
