/**
 * Uploads and parts in the stream `HOLDFAST_MULTIPART`, one message per row, the last one on a subject being the row.
 * Checked against nats-server 2.14: a compare-and-set is `Nats-Expected-Last-Subject-Sequence` (0: no message), a
 * refused one is err_code 10071; `multi_last` answers up to 1,024 subjects with 413 above, reads one moment of the
 * stream and tells which (`Nats-UpTo-Sequence`).
 *
 * With more than one replica a direct get may be answered by one that lags. Single rows are read from the leader, and
 * what is read in batches is fenced: by the sequence that it must reach, or by asking the leader what comes behind
 * the last row.
 */
import {
  ensureStream,
  getBatch,
  getFromLeader,
  isStorageError,
  publishAcked,
  purgeSubject,
  sharedFence,
} from "@holdfast/jetstream";
import type { BatchAnswer, BatchQuery, LeaderQuery, StoredMessage } from "@holdfast/jetstream";
import { fail } from "@holdfast/micro";
import { atMost } from "@holdfast/runtime";
import { headers } from "@nats-io/nats-core";
import type { MsgHdrs, NatsConnection } from "@nats-io/nats-core";
import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { PartRow, UploadRow } from "../domain/upload.ts";
import type { OpenUpload } from "../domain/upload.ts";
import type { Stored, UploadRef, UploadStore } from "../upload-store.ts";
import * as subjects from "./subjects.ts";
import { uploadStream as stream } from "./subjects.ts";

export type UploadStoreOptions = {
  /** How long the row of a completed upload is kept, so that a retry answers the same. At least a second. */
  completedRetentionMs: number;
};

/** How long an aborted upload leaves a tombstone: longer than any call that began before the abort can live. */
const tombstoneSeconds = 3600;
/** How long a batch is asked again of replicas that lag behind. */
const fenceTimeoutMs = 5_000;
/**
 * One batch of a listing, and how many batches may be on their way: together half of what nats-server lets wait on a connection
 * (max_pending) before it ends that. A thousand parts take less, unless each is of gigabytes.
 */
const listBytes = 8 * 1024 * 1024;
const batchesAtOnce = 4;
const writeTimeoutMs = 5_000;
const purgeTimeoutMs = 5_000;

/** Every write carries an id of its own: a writer whose acknowledgement got lost finds out whether it was the one. */
const WriteId = z.object({ writeId: z.string() });

/** Makes the stream if need be; one that exists keeps its settings. */
export async function ensureUploadStream(nc: NatsConnection, replicas: number): Promise<void> {
  await ensureStream(nc, {
    name: stream,
    description: "Holdfast: multipart uploads in progress",
    subjects: [`${subjects.root}.>`],
    num_replicas: replicas,
    max_msgs_per_subject: 1,
    allow_direct: true,
    allow_rollup_hdrs: true,
    // rows of ended uploads expire by themselves
    allow_msg_ttl: true,
  });
}

export function createJetStreamUploadStore(nc: NatsConnection, options: UploadStoreOptions): UploadStore {
  return new JetStreamUploadStore(nc, options);
}

class JetStreamUploadStore implements UploadStore {
  readonly #nc: NatsConnection;
  readonly #completedTtl: string;
  /** Reads of all uploads of a bucket, each for everybody who waits for it; "": of all buckets. */
  readonly #lists = new Map<string, () => Promise<Stored<UploadRow>[]>>();
  readonly #inTurn = atMost(batchesAtOnce);

  constructor(nc: NatsConnection, options: UploadStoreOptions) {
    this.#nc = nc;
    this.#completedTtl = `${Math.max(1, Math.ceil(options.completedRetentionMs / 1000))}s`;
  }

  async create(upload: OpenUpload): Promise<void> {
    const sequence = await this.#write(subjects.uploadSubject(upload), upload, 0);
    if (sequence === undefined) throw new Error(`upload id ${upload.uploadId} was given twice`);
  }

  read(upload: UploadRef): Promise<Stored<UploadRow> | undefined> {
    return this.#last(subjects.uploadSubject(upload), UploadRow);
  }

  replace(row: UploadRow, sequence: number): Promise<number | undefined> {
    const options = headers();
    if (row.state === "completed") options.set("Nats-TTL", this.#completedTtl);
    if (row.state === "aborted") options.set("Nats-TTL", `${tombstoneSeconds}s`);
    return this.#write(subjects.uploadSubject(row), row, sequence, options);
  }

  remove(upload: UploadRef): Promise<void> {
    return this.#purge(subjects.allOf(upload));
  }

  list(bucket = ""): Promise<Stored<UploadRow>[]> {
    let list = this.#lists.get(bucket);
    if (list === undefined) {
      // forgotten wholesale: a fence holds no state between runs
      if (this.#lists.size > 10_000) this.#lists.clear();
      this.#lists.set(bucket, (list = sharedFence(() => this.#readUploads(bucket === "" ? undefined : bucket))));
    }
    return list();
  }

  async #readUploads(bucket: string | undefined): Promise<Stored<UploadRow>[]> {
    const filter = subjects.uploadsOf(bucket);
    const found = new Map<string, Stored<UploadRow>>();
    const take = (row: StoredMessage): void => {
      found.set(row.subject, decode(row, UploadRow));
      last = row.sequence;
    };
    let last = 0;
    for (;;) {
      const query = { seq: last + 1, next_by_subj: filter, batch: 1000, max_bytes: listBytes };
      const { messages } = await this.#batch(query);
      for (const row of messages) take(row);
      if (messages.length > 0) continue;
      // whatever changed while we read has a higher sequence, and the leader knows all of it
      const next = await this.#leader({ seq: last + 1, next_by_subj: filter });
      if (next === undefined) break;
      take(next);
    }
    return [...found.values()].filter(({ row }) => bucket === undefined || row.bucket === bucket);
  }

  readPart(upload: UploadRef, partNumber: number): Promise<Stored<PartRow> | undefined> {
    return this.#last(subjects.partSubject(upload, partNumber), PartRow);
  }

  async writePart(upload: UploadRef, part: PartRow, sequence: number): Promise<boolean> {
    return (await this.#write(subjects.partSubject(upload, part.partNumber), part, sequence)) !== undefined;
  }

  async readParts(
    upload: UploadRef,
    { after = 0, limit = Infinity, since }: { after?: number; limit?: number; since?: number } = {},
  ) {
    const reach = since ?? (await this.#lastSequence(subjects.allOf(upload)));
    const sorted = (rows: StoredMessage[]): PartRow[] =>
      rows
        .filter(({ subject }) => subject !== subjects.uploadSubject(upload))
        .map((row) => decode(row, PartRow).row)
        .filter(({ partNumber }) => partNumber > after)
        .sort((a, b) => a.partNumber - b.partNumber);

    const all = await this.#moment([subjects.allOf(upload)], reach);
    if (all !== undefined) return sorted(all);

    // too many for one answer: group by group, all at once unless a page is enough
    const groups = Array.from({ length: subjects.highestGroup + 1 }, (_, group) => group).slice(
      subjects.partGroup(after + 1),
    );
    const readGroup = async (group: number): Promise<PartRow[]> => {
      // the upload's own row keeps the answer from being empty: an empty one does not tell its moment
      const rows = await this.#moment([subjects.uploadSubject(upload), subjects.groupOf(upload, group)], reach);
      return sorted(rows ?? []);
    };
    if (limit === Infinity) return (await Promise.all(groups.map(readGroup))).flat();
    const page: PartRow[] = [];
    for (const group of groups) {
      page.push(...(await readGroup(group)));
      if (page.length >= limit) break;
    }
    return page;
  }

  removePart(upload: UploadRef, partNumber: number): Promise<void> {
    return this.#purge(subjects.partSubject(upload, partNumber));
  }

  removeParts(upload: UploadRef): Promise<void> {
    return this.#purge(subjects.partsOf(upload));
  }

  /**
   * The last messages of these subjects, as of some moment at or after sequence `reach`; undefined when they are too
   * many.
   */
  async #moment(filters: string[], reach: number): Promise<StoredMessage[] | undefined> {
    const deadline = Date.now() + fenceTimeoutMs;
    for (;;) {
      const { messages, fits, upToSequence } = await this.#batch({ multi_last: filters });
      if (!fits) return undefined;
      if (upToSequence >= reach) return messages;
      if (Date.now() > deadline) throw fail("SlowDown", "the replicas of the upload store lag behind");
      await delay(20);
    }
  }

  #batch(query: BatchQuery): Promise<BatchAnswer> {
    return this.#inTurn(() => getBatch(this.#nc, stream, query)).catch((cause: unknown) => {
      throw fail("SlowDown", "the upload store cannot be read", { cause });
    });
  }

  async #lastSequence(filter: string): Promise<number> {
    return (await this.#leader({ last_by_subj: filter }))?.sequence ?? 0;
  }

  async #last<T extends z.ZodType>(subject: string, schema: T): Promise<Stored<z.output<T>> | undefined> {
    const row = await this.#leader({ last_by_subj: subject });
    return row === undefined ? undefined : decode(row, schema);
  }

  #leader(query: LeaderQuery): Promise<StoredMessage | undefined> {
    return getFromLeader(this.#nc, stream, query).catch((cause: unknown) => {
      throw fail("SlowDown", "the upload store cannot be read", { cause });
    });
  }

  async #write(subject: string, row: object, expected: number, options?: MsgHdrs): Promise<number | undefined> {
    const writeId = randomUUID();
    try {
      const expect = { lastSubjectSequence: expected };
      const body = JSON.stringify({ ...row, writeId });
      return await publishAcked(this.#nc, subject, body, { expect, headers: options, timeoutMs: writeTimeoutMs });
    } catch (error) {
      // also when refused: should it have been sent twice, the first one may be the one that counts
      const last = await this.#last(subject, WriteId);
      if (last?.row.writeId === writeId) return last.sequence;
      if (isStorageError(error, "Conflict")) return undefined;
      throw fail("SlowDown", "the upload store did not acknowledge the write", { cause: error });
    }
  }

  async #purge(filter: string): Promise<void> {
    await purgeSubject(this.#nc, stream, filter, purgeTimeoutMs).catch((cause: unknown) => {
      throw fail("SlowDown", "the upload store cannot be purged", { cause });
    });
  }
}

function decode<T extends z.ZodType>(row: StoredMessage, schema: T): Stored<z.output<T>> {
  const value = schema.parse(JSON.parse(Buffer.from(row.data).toString("utf8")));
  return { row: value, sequence: row.sequence, writtenAt: row.timeMs };
}
